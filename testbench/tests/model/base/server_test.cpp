// SPDX-License-Identifier: Apache-2.0
#include "model/base/server.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pspnic::base {
namespace {

TEST(Servers, TakeTheOneThatIsFreeFirstAndTheLowestAmongEquals) {
  Servers servers(3);
  EXPECT_EQ(servers.first(), 0u);
  servers.occupy(50);
  EXPECT_EQ(servers.first(), 1u);
  servers.occupy(20);
  EXPECT_EQ(servers.first(), 2u);
  servers.occupy(20);
  EXPECT_EQ(servers.first(), 1u);
  EXPECT_EQ(servers.first_free_at(), 20u);
  servers.occupy(50);
  EXPECT_EQ(servers.first(), 2u);
  servers.occupy(51);
  EXPECT_EQ(servers.first(), 0u);
  EXPECT_EQ(servers.first_free_at(), 50u);
}

TEST(Servers, IdleTimeCountsFromWhenEachIsFree) {
  Servers servers(3);
  for (const Time until : {10u, 35u, 100u}) servers.occupy(until);
  EXPECT_EQ(servers.idle_between(20, 40), 20u + 5u + 0u);
  EXPECT_EQ(servers.idle_between(20, 20), 0u);
  EXPECT_EQ(servers.idle_between(35, 36), 2u);
  EXPECT_EQ(servers.idle_between(0, 10), 0u);
  EXPECT_EQ(servers.idle_between(0, 11), 1u);
}

TEST(Servers, ARecordEqualsWhatItRecordsAfterSettling) {
  for (const unsigned count : {1u, 3u}) {
    Servers servers(count);
    Servers record(count);
    for (const Time until : {50u, 20u, 70u, 90u, 60u, 95u}) {
      record.occupy_later(servers.first(), until);
      servers.occupy(until);
    }
    record.settle();
    EXPECT_EQ(record.first(), servers.first());
    EXPECT_EQ(record.first_free_at(), servers.first_free_at());
    EXPECT_EQ(record.idle_between(0, 200), servers.idle_between(0, 200));
    EXPECT_EQ(record.overhang(65), servers.overhang(65));
  }
}

TEST(Servers, OverhangIsWhatLiesBeyondNow) {
  Servers servers(2);
  for (const Time until : {10u, 25u}) servers.occupy(until);
  EXPECT_EQ(servers.overhang(9), 1u + 16u);
  EXPECT_EQ(servers.overhang(10), 15u);
  EXPECT_EQ(servers.overhang(25), 0u);
}

TEST(Servers, RefuseWrongCounts) {
  EXPECT_THROW(Servers(0), std::invalid_argument);
  EXPECT_THROW(Servers(Servers::kMax + 1), std::invalid_argument);
  EXPECT_EQ(Servers(Servers::kMax).count(), Servers::kMax);
}

}  // namespace
}  // namespace pspnic::base
