// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/goal.h"

#include <gtest/gtest.h>

#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::size {
namespace {

using sweep::refusal;

TEST(ParseTarget, ReadsBitsAndPackets) {
  EXPECT_EQ(parse_target("400Gbps").rate, 400e9);
  EXPECT_EQ(parse_target("400Gbps").of, Goal::Of::kWire);
  EXPECT_EQ(parse_target("32.5Mpps").rate, 32.5e6);
  EXPECT_EQ(parse_target("32.5Mpps").of, Goal::Of::kPackets);
  EXPECT_EQ(parse_target("7pps").rate, 7);
}

TEST(ParseTarget, SaysWhatToWrite) {
  for (const char* text : {"", "400", "fast", "400G", "Mpps", "-1Mpps", "1e3Mpps", "1.2.3Mpps", "4 0Gbps"}) {
    const std::string why = refusal([&] { parse_target(text); });
    EXPECT_NE(why.find("--target"), std::string::npos) << text;
    EXPECT_NE(why.find("400Gbps"), std::string::npos) << text;
  }
  EXPECT_NE(refusal([] { parse_target("0bps"); }).find("above 0"), std::string::npos);
  EXPECT_NE(refusal([] { parse_target("0Mpps"); }).find("above 0"), std::string::npos);
  EXPECT_NE(refusal([] { parse_of("frames"); }).find("wire, goodput"), std::string::npos);
}

TEST(Misses, NamesEachThingThatIsMissing) {
  Goal goal{.rate = 100, .p99 = 1000, .tolerance = 0.01, .drops = 2};
  EXPECT_TRUE(meets(goal, {99, 1000, 2}));
  EXPECT_EQ(misses(goal, {98.9, 1000, 2}), std::vector{Miss::kRate});
  EXPECT_EQ(misses(goal, {100, 1001, 2}), std::vector{Miss::kLatency});
  EXPECT_EQ(misses(goal, {100, 1000, 3}), std::vector{Miss::kDrops});
  EXPECT_EQ(miss_text(goal, {50, 1500, 3}), "rate 50.0 % short; 3 drops; p99 50.0 % above");
  goal.p99.reset();
  EXPECT_TRUE(meets(goal, {100, 1e9, 0}));
}

TEST(NearlyMeets, AllowsAHundredthAndATenthMore) {
  const Goal goal{.rate = 1000, .p99 = 1000, .tolerance = 0.01, .drops = 0};
  EXPECT_TRUE(nearly_meets(goal, {980.1, 1100, 0}));
  EXPECT_FALSE(nearly_meets(goal, {979, 1000, 0}));
  EXPECT_FALSE(nearly_meets(goal, {1000, 1101, 0}));
  EXPECT_FALSE(nearly_meets(goal, {1000, 1000, 1})) << "what is dropped is lost";
}

TEST(GoalText, SaysWhatIsAskedFor) {
  const Goal goal{.rate = 400e9, .p99 = 5'000'000, .tolerance = 0.005, .drops = 0};
  EXPECT_EQ(goal_text(goal),
            "400.0 Gb/s on the wire (0.5 % less is let pass), p99 at most 5.00 us, no drops");
}

}  // namespace
}  // namespace pspnic::size
