// SPDX-License-Identifier: Apache-2.0
#include "model/base/driver_rules.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pspnic::base {
namespace {

TEST(DriverRulesTest, EachHasAnIdOfItsOwnAndSaysWhatItDemandsAndWhere) {
  std::set<std::string> ids;
  std::set<std::string> texts;
  for (const RuleInfo& rule : driver_rules()) {
    const std::string id = rule.id;
    EXPECT_TRUE(ids.insert(id).second) << id;
    EXPECT_TRUE(texts.insert(rule.text).second) << id;
    EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos) << id;
    EXPECT_NE(id.find('-'), std::string::npos) << id;
    EXPECT_GT(std::string(rule.source).size(), 8u) << id;
    EXPECT_EQ(find_rule(id), &rule);
    EXPECT_EQ(&info(rule.rule), &rule);
  }
  EXPECT_EQ(ids.size(), static_cast<size_t>(DriverRule::kCount));
}

TEST(DriverRulesTest, WhatIsCheckedAlwaysIsAnError) {
  for (const RuleInfo& rule : driver_rules()) {
    EXPECT_TRUE(rule.by != CheckedBy::kAlways || rule.severity == Severity::kError) << rule.id;
  }
}

TEST(DriverRulesTest, KnowsNoOthers) {
  EXPECT_EQ(find_rule("tx-tso-ms"), nullptr);
  EXPECT_EQ(find_rule(""), nullptr);
}

}  // namespace
}  // namespace pspnic::base
