// SPDX-License-Identifier: Apache-2.0
#include "testbench/traffic/arrival_process.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pspnic::traffic {
namespace {

using ArrivalKind = ArrivalParams::Kind;
using ArrivalTimes = ArrivalParams::Times;

constexpr unsigned kMessages = 200'000;

ArrivalParams params_of(ArrivalKind kind) {
  ArrivalParams params;
  params.kind = kind;
  params.rate = {100 * base::kGbps};
  return params;
}

// Mean gap in ps of messages of 8000 bits.
double mean_gap(const ArrivalParams& params, uint64_t seed = 1) {
  ArrivalProcess process(params, 8000, seed, 0);
  double due = process.next(0);
  for (unsigned i = 0; i < kMessages; ++i) due = process.next(8000);
  return due / kMessages;
}

TEST(ArrivalProcess, PacedMessagesAreTheirOwnSizeApart) {
  ArrivalProcess process(params_of(ArrivalKind::kPaced), 8000, 1, 0);
  EXPECT_EQ(process.next(0), 0);
  EXPECT_DOUBLE_EQ(process.next(8000), 80'000);
  EXPECT_DOUBLE_EQ(process.next(400), 84'000);
}

TEST(ArrivalProcess, PacketRateMakesAllGapsEqual) {
  ArrivalParams params = params_of(ArrivalKind::kPaced);
  params.packet_rate = 10'000'000;
  ArrivalProcess process(params, 8000, 1, 0);
  EXPECT_EQ(process.next(0), 0);
  EXPECT_DOUBLE_EQ(process.next(8000), 100'000);
  EXPECT_DOUBLE_EQ(process.next(400), 200'000);
  EXPECT_DOUBLE_EQ(process.mean_rate(), 1e7);
}

TEST(ArrivalProcess, PoissonGapsHaveTheirMeanAndDeviation) {
  ArrivalProcess process(params_of(ArrivalKind::kPoisson), 8000, 1, 0);
  double before = 0;
  double sum = 0;
  double squares = 0;
  for (unsigned i = 0; i < kMessages; ++i) {
    const double due = process.next(8000);
    sum += due - before;
    squares += (due - before) * (due - before);
    before = due;
  }
  EXPECT_NEAR(sum / kMessages, 80'000, 800) << "five deviations of the mean are 894";
  EXPECT_NEAR(squares / kMessages / (2 * 80'000.0 * 80'000.0), 1, 0.03);
}

TEST(ArrivalProcess, BurstsOfferTheRateWhileOn) {
  ArrivalParams params = params_of(ArrivalKind::kOnOff);
  params.times = ArrivalTimes::kFixed;
  params.on = {1 * base::kUs};
  params.off = {3 * base::kUs};
  ArrivalProcess process(params, 8000, 1, 0);
  // 12.5 messages of 80 ns fit into a burst; what is left of the 13th's gap is of the next.
  double due = process.next(0);
  for (unsigned i = 0; i < 12; ++i) due = process.next(8000);
  EXPECT_DOUBLE_EQ(due, 960'000);
  EXPECT_DOUBLE_EQ(process.next(8000), 4'040'000);
  EXPECT_DOUBLE_EQ(process.mean_rate(), 1e12 / 80'000 / 4);
}

TEST(ArrivalProcess, BurstsCarryTheirShareOfTheRate) {
  ArrivalParams params = params_of(ArrivalKind::kOnOff);
  params.on = {2 * base::kUs};
  params.off = {6 * base::kUs};
  params.times = ArrivalTimes::kFixed;
  EXPECT_NEAR(mean_gap(params), 320'000, 1);
  params.times = ArrivalTimes::kExponential;
  // 8000 bursts: the deviation of their times' mean is 1.1 %, of off and on together 0.9 %.
  EXPECT_NEAR(mean_gap(params), 320'000, 0.03 * 320'000);
}

TEST(ArrivalProcess, TimesAreThoseOfTheSeed) {
  const ArrivalParams params = params_of(ArrivalKind::kPoisson);
  EXPECT_EQ(mean_gap(params, 1), mean_gap(params, 1));
  EXPECT_NE(mean_gap(params, 1), mean_gap(params, 2));
}

}  // namespace
}  // namespace pspnic::traffic
