// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/arrivals.h"

#include <gtest/gtest.h>

namespace pspnic::bench {
namespace {

TEST(Arrivals, TellsOrderLateAndAgain) {
  Arrivals arrivals;
  EXPECT_EQ(arrivals.take(0), Arrival::kInOrder);
  EXPECT_EQ(arrivals.take(3), Arrival::kInOrder);
  EXPECT_EQ(arrivals.take(1), Arrival::kLate);
  EXPECT_EQ(arrivals.take(1), Arrival::kAgain);
  EXPECT_EQ(arrivals.take(3), Arrival::kAgain);
  EXPECT_EQ(arrivals.take(0), Arrival::kAgain);
  EXPECT_EQ(arrivals.take(2), Arrival::kLate);
}

TEST(Arrivals, RemembersAWindowAndNoMore) {
  Arrivals arrivals;
  arrivals.take(0);
  arrivals.take(1);
  EXPECT_EQ(arrivals.take(Arrivals::kWindow), Arrival::kInOrder);
  EXPECT_EQ(arrivals.take(1), Arrival::kAgain) << "the oldest that is remembered";
  EXPECT_EQ(arrivals.take(0), Arrival::kTooOld);
  EXPECT_EQ(arrivals.take(2), Arrival::kLate);
}

TEST(Arrivals, ForgetsWhatTheWindowHasPassed) {
  Arrivals arrivals;
  for (uint64_t packet = 0; packet < 100; ++packet) arrivals.take(packet);
  const uint64_t later = 10 * Arrivals::kWindow;
  EXPECT_EQ(arrivals.take(later), Arrival::kInOrder);
  for (uint64_t packet = later - Arrivals::kWindow + 1; packet < later; ++packet) {
    ASSERT_EQ(arrivals.take(packet), Arrival::kLate) << packet;
  }
}

}  // namespace
}  // namespace pspnic::bench
