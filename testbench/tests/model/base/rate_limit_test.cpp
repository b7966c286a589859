// SPDX-License-Identifier: Apache-2.0
#include "model/base/rate_limit.h"

#include <gtest/gtest.h>

namespace pspnic::base {
namespace {

TEST(RateLimit, ABurstGoesAtOnceAndThenTheRateHolds) {
  RateLimit limit(1'000'000'000, 3000);  // 1 ns a unit
  Time now = 1'000'000;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(limit.allowed(now), now);
    limit.charge(now, 1500);
  }
  const Time next = limit.allowed(now);
  EXPECT_EQ(next, now + 1) << "the bucket is empty, and full of nothing for a picosecond";
  limit.charge(next, 1500);
  EXPECT_EQ(limit.allowed(next), next + 1'500'000);
  EXPECT_EQ(limit.allowed(next + 1'499'999), next + 1'500'000);
  EXPECT_EQ(limit.allowed(next + 1'500'000), next + 1'500'000);
}

TEST(RateLimit, WithoutARateEverythingGoes) {
  RateLimit limit;
  limit.charge(5, 1'000'000'000);
  EXPECT_EQ(limit.allowed(5), 5u);
}

}  // namespace
}  // namespace pspnic::base
