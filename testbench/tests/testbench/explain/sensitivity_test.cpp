// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/sensitivity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace pspnic::explain {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Effect effect(const char* name, const char* to, bool more, double goodput, double p99) {
  return {{name, "2", to, more}, Measured{goodput, p99}, ""};
}

TEST(Sensitivity, TheTableHasTheLargestEffectFirstAndNamesWhatHasNone) {
  Sensitivity result{{100e9, 10e6},
                     {effect("idle", "1", false, 100e9, 10e6), effect("late", "1", false, 100e9, 15e6),
                      effect("lanes", "1", false, 50e9, 20e6), effect("lanes", "3", true, 110e9, 9e6)}};
  result.effects.push_back({{"odd", "2", "3", true}, std::nullopt, "no multiple"});
  std::ostringstream out;
  print_sensitivity(out, result);
  const std::string text = out.str();
  EXPECT_LT(text.find("\nlanes"), text.find("\nlate"));
  EXPECT_THAT(text, HasSubstr("-50.0 %"));
  EXPECT_THAT(text, HasSubstr("+100.0 %"));
  EXPECT_THAT(text, HasSubstr("+10.0 %"));
  EXPECT_THAT(text, HasSubstr("Without effect (below 0.1 %): idle\n"));
  EXPECT_THAT(text, HasSubstr("Refused alone, as other parameters go with them: odd\n"));
  EXPECT_THAT(text, Not(HasSubstr("\nodd")));
}

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
  ASSERT_TRUE(result.effects[0].measured);
  EXPECT_LT(result.effects[0].measured->goodput, 0.7 * result.base.goodput);
  EXPECT_GT(result.effects[0].measured->p99, result.base.p99);
  EXPECT_FALSE(result.effects[1].measured) << "ways must divide contexts";
  EXPECT_THAT(result.effects[1].reason, HasSubstr("ways"));
}

TEST(Sensitivity, ARunThatIsRefusedIsAnError) {
  bench::RunOptions options;
  options.workload = "nowhere";
  EXPECT_THROW(sensitivity(options, {}, 1, [](size_t, size_t) {}), std::runtime_error);
}

}  // namespace
}  // namespace pspnic::explain
