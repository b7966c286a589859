// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "testbench/tests/model/sanitizer/pairs.h"

namespace pspnic::misbehave {

std::vector<Pair> all_pairs() {
  std::vector<Pair> all;
  for (const auto& some : {transmit_pairs(), psp_pairs(), receive_pairs(), mailbox_pairs(), refusal_pairs(),
                           config_queue_pairs(), device_pairs()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

namespace {

std::string name_of(const testing::TestParamInfo<Pair>& info) {
  std::string name = base::info(info.param.rule).id;
  std::ranges::replace(name, '-', '_');
  return name;
}

std::string texts_of(const Violations& violations) {
  std::string text;
  for (const base::Violation& violation : violations) text += base::explain(violation, "device");
  return text;
}

class Misbehave : public testing::TestWithParam<Pair> {};

TEST_P(Misbehave, BreakingTheRuleGivesThatReportAlone) {
  const Violations seen = GetParam().breaks();
  ASSERT_EQ(seen.size(), 1u) << texts_of(seen);
  EXPECT_EQ(base::info(seen.front().rule).id, std::string(base::info(GetParam().rule).id));
  EXPECT_EQ(seen.front().place(), GetParam().place);
}

TEST_P(Misbehave, ItsLegalNeighbourIsSilent) {
  const Violations seen = GetParam().keeps();
  EXPECT_TRUE(seen.empty()) << texts_of(seen);
}

INSTANTIATE_TEST_SUITE_P(Rules, Misbehave, testing::ValuesIn(all_pairs()), name_of);

TEST(MisbehaveKit, EachRuleHasItsPair) {
  const std::vector<Pair> pairs = all_pairs();
  for (const base::RuleInfo& rule : base::driver_rules()) {
    EXPECT_EQ(std::ranges::count(pairs, rule.rule, &Pair::rule), 1) << rule.id;
  }
}

}  // namespace
}  // namespace pspnic::misbehave
