// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/measured.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pspnic::explain {
namespace {

class MeasuredTest : public ::testing::Test {
 protected:
  MeasuredTest() {
    for (const bench::Side side : {bench::kA, bench::kB})
      summary_.directions[side].outcome = &outcomes_[side];
    outcomes_[bench::kA].sent = outcomes_[bench::kA].verified = 2;
    outcomes_[bench::kA].latency.record(1000);
    outcomes_[bench::kA].latency.record(1001);
    summary_.directions[bench::kA].goodput_bps = 5e9;
  }

  bench::DirectionOutcome outcomes_[bench::kSides];
  bench::Summary summary_;
};

TEST_F(MeasuredTest, RatesAreOfTheMiddleWhereThereIsOneAndOfWaysThatSend) {
  ASSERT_EQ(measured_of(summary_).ways.size(), 1u) << "host B sent nothing";
  EXPECT_EQ(measured_of(summary_).ways[0].rate, 5e9);
  EXPECT_EQ(measured_of(summary_).ways[0].mean, 1000.5);
  summary_.directions[bench::kA].steady.goodput_bps = 6e9;
  EXPECT_EQ(measured_of(summary_).ways[0].rate, 6e9);
}

TEST_F(MeasuredTest, OfRequestsTheAnswersCount) {
  bench::TransactionOutcome done{.begun = 3, .completed = 2, .time = base::kUs, .latency = {}};
  done.latency.record(7000);
  summary_.traffic.emplace().transactions = done;
  const Measured measured = measured_of(summary_);
  ASSERT_EQ(measured.ways.size(), 1u);
  EXPECT_EQ(measured.ways[0].name, kRequests);
  EXPECT_EQ(measured.ways[0].rate, 2e6);
  EXPECT_EQ(measured.ways[0].mean, 7000);
}

TEST_F(MeasuredTest, TextGivesBackWhatWasSaid) {
  summary_.drops = {{"nic_a.rx_overflow", 3}, {"host_b.rx_psp_policy", 4}};
  outcomes_[bench::kA].corrupted = 1;
  const Measured measured = measured_in(measured_text(measured_of(summary_)));
  EXPECT_EQ(measured.drops, 7u);
  EXPECT_FALSE(measured.well);
  ASSERT_EQ(measured.ways.size(), 1u);
  EXPECT_EQ(measured.ways[0].name, "A to B");
  EXPECT_EQ(measured.ways[0].mean, 1000.5);
  EXPECT_THROW(measured_in("something else"), std::runtime_error);
}

}  // namespace
}  // namespace pspnic::explain
