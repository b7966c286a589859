// SPDX-License-Identifier: Apache-2.0
#include "model/psp/iv_clock.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <random>

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

TEST(IvClock, R32_NothingRepeatsWhenTheClockIsSet) {
  IvClock clock(1'000'000'000);
  uint64_t last = clock.next(0);
  uint64_t now = 0;
  std::mt19937_64 random(7);
  for (int i = 0; i < 100'000; ++i) {
    now += random() % 3;
    if (random() % 10 == 0) {
      clock.adjust(static_cast<int64_t>(random() % 2'000'000) - 1'000'000);
    }
    const uint64_t iv = clock.next(now);
    ASSERT_GT(iv, last);
    last = iv;
  }
}

TEST(IvClock, SetForwardItFollowsAndSetBackItWaits) {
  IvClock clock;
  EXPECT_EQ(clock.next(100), 100u);
  clock.adjust(1000);
  EXPECT_EQ(clock.next(101), 1101u);
  clock.adjust(-1000);
  EXPECT_EQ(clock.next(102), 1102u);
  EXPECT_EQ(clock.next(1102), 1103u) << "as late as the last IV is not later";
  EXPECT_EQ(clock.next(1104), 1104u) << "caught up";
}

TEST(IvClock, TellsWhatIsLeft) {
  IvClock clock(~uint64_t{0} - 1000);
  EXPECT_EQ(clock.left(0), 1000u);
  EXPECT_EQ(clock.left(999), 1u);
}

}  // namespace
}  // namespace pspnic::psp
