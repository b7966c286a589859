// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::sweep {
namespace {

using testing::HasSubstr;

Plan full_plan() {
  Plan plan;
  plan.workload = "tso";
  plan.packets = 17;
  plan.seed = 0xffff'ffff'ffff'ffff;
  plan.configs = {{"card.json", "// \"quoted\"\n{}"}};
  plan.settings = {"a=1"};
  plan.files = {{"sizes.csv", "64,1"}};
  plan.points = {{"b", "c"}, {{"1", "x,y"}, {"2", "\""}}};
  return plan;
}

TEST(Plan, SurvivesItsFile) {
  Plan plan = read_plan(plan_json(full_plan()), "p");
  EXPECT_EQ(difference(full_plan(), plan), "sizes.csv has changed since") << "it has no texts of inputs";
  plan.files[0].text = "64,1";
  EXPECT_EQ(difference(full_plan(), plan), "");
  plan = full_plan();
  plan.packets.reset();
  EXPECT_EQ(read_plan(plan_json(plan), "p").packets, std::nullopt);
  EXPECT_EQ(describe_point(plan, 1), "b=2, c=\"");
}

TEST(Plan, NamesWhatDiffers) {
  const Plan had = full_plan();
  const auto changed = [&](auto change) {
    Plan plan = full_plan();
    change(plan);
    return difference(had, plan);
  };
  EXPECT_EQ(changed([](Plan& p) { p.workload = "stream"; }), "workload is \"stream\", was \"tso\"");
  EXPECT_EQ(changed([](Plan& p) { p.packets.reset(); }), "packets is not given, was 17");
  EXPECT_EQ(changed([](Plan& p) { p.seed = 1; }), "seed is 1, was 18446744073709551615");
  EXPECT_EQ(changed([](Plan& p) { p.configs[0].text = "{}"; }), "the text of card.json is another one");
  EXPECT_EQ(changed([](Plan& p) { p.configs.clear(); }), "configuration files: 0, were 1");
  EXPECT_EQ(changed([](Plan& p) { p.settings[0] = "a=2"; }), R"(settings: number 0 is "a=2", was "a=1")");
  EXPECT_EQ(changed([](Plan& p) { p.points.keys[1] = "d"; }), R"(keys: number 1 is "d", was "c")");
  EXPECT_EQ(changed([](Plan& p) { p.points.values.pop_back(); }), "points: 1, were 2");
  EXPECT_EQ(changed([](Plan& p) { p.points.values[1][0] = "3"; }),
            R"(points: number 1 is ["3","\""], was ["2","\""])");
  EXPECT_EQ(changed([](Plan& p) { p.files[0].text += "\n"; }), "sizes.csv has changed since");
  EXPECT_EQ(changed([](Plan& p) { p.files.clear(); }), "files: 0, were 1");
  // Where a configuration file lies is not what it says.
  EXPECT_EQ(changed([](Plan& p) { p.configs[0].name = "other.json"; }), "");
}

TEST(Plan, OfAnotherKindIsRefused) {
  const auto refused = [](const std::string& text) { return refusal([&] { read_plan(text, "p"); }); };
  EXPECT_EQ(refused("{}"), "p: is no sweep.json of pspnic sweep");
  EXPECT_EQ(refused("nonsense"), "p: is no sweep.json of pspnic sweep");
  EXPECT_EQ(refused(""), "p: is no sweep.json of pspnic sweep");
  std::string text = plan_json(full_plan());
  text.replace(text.find("\"version\": 2"), 12, "\"version\": 1");
  EXPECT_EQ(refused(text), "p: has version 1, this program knows 2");
  text = plan_json(full_plan());
  text.replace(text.find("\"seed\""), 6, "\"sead\"");
  EXPECT_THAT(refused(text), HasSubstr("p: is not as pspnic sweep writes it"));
  text = plan_json(full_plan());
  text.replace(text.find("[\"1\","), 5, "[");
  EXPECT_EQ(refused(text), "p: has a point of 1 values for 2 keys");
}

}  // namespace
}  // namespace pspnic::sweep
