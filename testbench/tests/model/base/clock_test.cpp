// SPDX-License-Identifier: Apache-2.0
#include "model/base/clock.h"

#include <gtest/gtest.h>

namespace pspnic::base {
namespace {

static_assert(Clock(Frequency{1 * kGHz}).cycles(7) == 7000);

TEST(Clock, CountsAreExactWhereThePeriodIs) {
  for (const uint64_t cycles : {0u, 1u, 2u, 1000u, 18'000'000u}) {
    EXPECT_EQ(Clock(Frequency{1 * kGHz}).cycles(cycles), cycles * 1000);
    EXPECT_EQ(Clock(Frequency{800 * kMHz}).cycles(cycles), cycles * 1250);
    EXPECT_EQ(Clock(Frequency{1}).cycles(18), 18 * kSec);
  }
}

TEST(Clock, RoundsTheWholeCountAndNotTheCycle) {
  const Clock clock(Frequency{3 * kGHz});  // 333.33 ps
  EXPECT_EQ(clock.cycles(1), 333u);
  EXPECT_EQ(clock.cycles(2), 667u);
  EXPECT_EQ(clock.cycles(3), 1000u);
  EXPECT_EQ(clock.cycles(3'000'000), 1'000'000'000u);
}

TEST(Clock, HalvesGoUp) {
  EXPECT_EQ(Clock(Frequency{400 * kGHz}).cycles(1), 3u);
}  // 2.5 ps

}  // namespace
}  // namespace pspnic::base
