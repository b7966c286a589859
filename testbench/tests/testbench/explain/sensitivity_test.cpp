// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/sensitivity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace pspnic::explain {
namespace {

using ::testing::HasSubstr;

TEST(Sensitivity, HalfTheLanesHalveTheRateAndAreRunInChildren) {
  bench::RunOptions options;
  options.workload = "stream";
  options.packets = 400;
  options.settings = {"nic.mac.speed=800Gbps", "nic.pcie.generation=5"};
  size_t steps = 0;
  const Sensitivity result =
      sensitivity(options, {{"nic.crypto.gcm.lanes", "2", "1", false}, {"nic.rx.gro.ways", "4", "3", false}},
                  2, [&](size_t, size_t count) { steps += count == 3 ? 1 : 0; });
  EXPECT_EQ(steps, 3u);
  ASSERT_EQ(result.effects[0].outcome, Outcome::kMeasured);
  ASSERT_EQ(result.base.ways.size(), 1u) << "host B sends nothing";
  const MeasuredWay& before = result.base.ways[0];
  const MeasuredWay& after = result.effects[0].measured.ways.at(0);
  EXPECT_LT(after.rate, 0.7 * before.rate);
  EXPECT_GT(after.mean, before.mean);
  EXPECT_GT(after.p99, before.p99);
  EXPECT_EQ(result.effects[1].outcome, Outcome::kRefused) << "ways must divide contexts";
  EXPECT_THAT(result.effects[1].reason, HasSubstr("ways"));
}

// What is lost is an effect, in a variant and in the run itself.
TEST(Sensitivity, RunsThatLosePacketsAreMeasured) {
  bench::RunOptions options;
  options.workload = "stream";
  options.packets = 2000;
  options.settings = {"stream.payload_bytes=64", "host.queue_pairs=4", "nic.rx.buffer=64KiB",
                      "payload=lengths"};
  const std::vector<Variant> slower = {{"nic.crypto.kdf.unit", "pipelined", "iterative", false}};
  const auto nothing = [](size_t, size_t) {};
  const Sensitivity well = sensitivity(options, slower, 2, nothing);
  EXPECT_TRUE(well.base.well);
  ASSERT_EQ(well.effects[0].outcome, Outcome::kMeasured);
  EXPECT_GT(well.effects[0].measured.drops, 0u);
  EXPECT_FALSE(well.effects[0].measured.well);

  options.settings.push_back("nic.crypto.kdf.unit=iterative");
  EXPECT_EQ(sensitivity(options, {}, 1, nothing).base.drops, well.effects[0].measured.drops);
}

TEST(Sensitivity, ARunThatIsRefusedIsAnError) {
  bench::RunOptions options;
  options.workload = "nowhere";
  EXPECT_THROW(sensitivity(options, {}, 1, [](size_t, size_t) {}), std::runtime_error);
}

}  // namespace
}  // namespace pspnic::explain
