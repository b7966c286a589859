// SPDX-License-Identifier: Apache-2.0
#include "testbench/traffic/poisson.h"

#include <gtest/gtest.h>

namespace pspnic::traffic {
namespace {

TEST(Poisson, WaitsAreExponential) {
  constexpr unsigned kWaits = 200'000;
  constexpr double kMean = 250.0;
  std::mt19937_64 random(1);
  double sum = 0;
  double squares = 0;
  unsigned longer = 0;
  for (unsigned i = 0; i < kWaits; ++i) {
    const double wait = exponential_wait(random, kMean);
    ASSERT_GE(wait, 0.0);
    // No uniform number is below 2^-53.
    ASSERT_LE(wait, 53 * std::log(2.0) * kMean);
    sum += wait;
    squares += wait * wait;
    if (wait > kMean) ++longer;
  }
  EXPECT_NEAR(sum / kWaits, kMean, 0.01 * kMean);
  EXPECT_NEAR(squares / kWaits, 2 * kMean * kMean, 0.03 * kMean * kMean);
  EXPECT_NEAR(longer / double{kWaits}, std::exp(-1.0), 0.005);
}

// The engine's numbers are given by the language, and nothing else is drawn.
TEST(Poisson, AWaitTakesOneNumberOfTheEngine) {
  std::mt19937_64 random(7);
  std::mt19937_64 same(7);
  for (unsigned i = 0; i < 100; ++i) {
    const double uniform = (static_cast<double>(same() >> 11) + 1.0) / 9007199254740992.0;
    EXPECT_DOUBLE_EQ(exponential_wait(random, 3.0), -std::log(uniform) * 3.0);
  }
  EXPECT_EQ(random, same);
}

TEST(Poisson, FramesComeAsFarApartAsTheirRateSays) {
  EXPECT_DOUBLE_EQ(frame_interval_ps(1500, {12 * base::kGbps}), 1e6);
  EXPECT_DOUBLE_EQ(frame_interval_ps(64, {512 * base::kGbps}), 1e3);
}

}  // namespace
}  // namespace pspnic::traffic
