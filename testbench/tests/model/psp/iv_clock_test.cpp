// SPDX-License-Identifier: Apache-2.0
#include "model/psp/iv_clock.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace pspnic::psp {
namespace {

TEST(IvClock, FollowsTheTime) {
  IvClock clock;
  EXPECT_EQ(clock.next(1250), 1250u);
  EXPECT_EQ(clock.next(2500), 2500u);
  EXPECT_EQ(clock.last(), 2500u);
}

TEST(IvClock, TheSamePicosecondTwice) {
  IvClock clock;
  EXPECT_EQ(clock.next(100), 100u);
  EXPECT_EQ(clock.next(100), 101u);
  EXPECT_EQ(clock.next(100), 102u);
  EXPECT_EQ(clock.next(101), 103u);
  EXPECT_EQ(clock.next(200), 200u);
}

TEST(IvClock, NeverZeroFirst) {
  IvClock clock;
  EXPECT_EQ(clock.next(0), 1u);
}

TEST(IvClock, GrowsWhenTimeGoesBack) {
  IvClock clock;
  uint64_t last = clock.next(1'000'000);
  for (const uint64_t now : {uint64_t{0}, uint64_t{5}, uint64_t{999'999}, uint64_t{3}}) {
    const uint64_t iv = clock.next(now);
    EXPECT_GT(iv, last);
    last = iv;
  }
}

TEST(IvClock, EpochAndWrap) {
  IvClock clock(UINT64_MAX - 10);
  EXPECT_EQ(clock.next(5), UINT64_MAX - 5);
  EXPECT_EQ(clock.next(20), 9u);  // larger modulo 2^64
  EXPECT_EQ(clock.next(20), 10u);
}

}  // namespace
}  // namespace pspnic::psp
