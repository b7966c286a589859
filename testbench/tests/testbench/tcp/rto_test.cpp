// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/rto.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "testbench/tcp/config.h"

namespace pspnic::tcp {
namespace {

constexpr RtoParams kParams{kSecond, 0, 60 * kSecond, kMicrosecond};

TEST(Rto, IsTheInitialValueUntilTheFirstSample) {
  EXPECT_EQ(RetransmissionTimeout(kParams).value(), kSecond);
}

TEST(Rto, FirstSampleGivesThreeRoundTrips) {
  RetransmissionTimeout rto(kParams);
  rto.sample(8 * kMillisecond);
  EXPECT_EQ(rto.smoothed(), 8 * kMillisecond);
  EXPECT_EQ(rto.variation(), 4 * kMillisecond);
  EXPECT_EQ(rto.value(), 24 * kMillisecond);
}

// Section 2 of RFC 6298 in floating point: alpha 1/8, beta 1/4, K 4.
TEST(Rto, FollowsTheFormula) {
  RetransmissionTimeout rto(kParams);
  std::mt19937_64 random(1);
  double srtt = 0;
  double rttvar = 0;
  for (int i = 0; i < 10000; ++i) {
    const uint64_t sample = kMicrosecond * (20 + random() % 1000);
    const auto r = static_cast<double>(sample);
    if (i == 0) {
      srtt = r;
      rttvar = r / 2;
    } else {
      rttvar = 0.75 * rttvar + 0.25 * std::abs(srtt - r);
      srtt = 0.875 * srtt + 0.125 * r;
    }
    rto.sample(sample);
    const double wanted = srtt + std::max(static_cast<double>(kMicrosecond), 4 * rttvar);
    ASSERT_NEAR(static_cast<double>(rto.value()), wanted, 100.0);  // ps, of roundings
  }
}

TEST(Rto, GranularityIsTheLeastDistanceToTheMean) {
  RetransmissionTimeout rto(kParams);
  for (int i = 0; i < 200; ++i) rto.sample(50 * kMicrosecond);
  EXPECT_EQ(rto.value(), 51 * kMicrosecond);
}

TEST(Rto, StaysBetweenItsBounds) {
  RetransmissionTimeout rto({kSecond, 10 * kMillisecond, 12 * kMillisecond, kMicrosecond});
  EXPECT_EQ(rto.value(), 12 * kMillisecond);
  rto.sample(kMicrosecond);
  EXPECT_EQ(rto.value(), 10 * kMillisecond);
}

TEST(Rto, BackOffDoublesUpToTheMaximumAndEndsWithTheNextSample) {
  RetransmissionTimeout rto({kSecond, 10 * kMillisecond, 70 * kMillisecond, kMicrosecond});
  rto.sample(kMicrosecond);
  for (const uint64_t milliseconds : {20, 40, 70, 70}) {
    rto.back_off();
    EXPECT_EQ(rto.value(), milliseconds * kMillisecond);
  }
  for (int i = 0; i < 100; ++i) rto.back_off();
  EXPECT_EQ(rto.value(), 70 * kMillisecond);
  rto.sample(kMicrosecond);
  EXPECT_EQ(rto.value(), 10 * kMillisecond);
  rto.back_off();
  rto.restart();
  EXPECT_EQ(rto.value(), 10 * kMillisecond);
}

TEST(Rto, AfterALostSynItIsThreeSecondsUnlessMeasured) {
  RetransmissionTimeout rto(kParams);
  rto.back_off();
  rto.after_lost_syn();
  EXPECT_EQ(rto.value(), 3 * kSecond);
  RetransmissionTimeout measured(kParams);
  measured.sample(8 * kMillisecond);
  measured.after_lost_syn();
  EXPECT_EQ(measured.value(), 24 * kMillisecond);
}

}  // namespace
}  // namespace pspnic::tcp
