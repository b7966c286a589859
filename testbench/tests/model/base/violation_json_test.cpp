// SPDX-License-Identifier: Apache-2.0
#include "model/base/violation_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pspnic::base {
namespace {

TEST(ViolationJson, HasRuleAndWhatWasFound) {
  const Violation violation{.when = 1'234'567,
                            .rule = DriverRule::kTxTsoMss,
                            .site = {Site::Kind::kTxQueue, 3},
                            .part = descriptor_text(17),
                            .field = "mss",
                            .seen = "0",
                            .expected = "1 or more",
                            .times = 2,
                            .events = {"one", "two"}};
  const nlohmann::ordered_json json = to_json(violation, "nic_a");
  EXPECT_EQ(json.at("device"), "nic_a");
  EXPECT_EQ(json.at("place"), "tx queue 3, descriptor 17");
  EXPECT_EQ(json.at("rule"), "tx-tso-mss");
  EXPECT_EQ(json.at("severity"), "error");
  EXPECT_EQ(json.at("text"), info(DriverRule::kTxTsoMss).text);
  EXPECT_EQ(json.at("source"), info(DriverRule::kTxTsoMss).source);
  EXPECT_EQ(json.at("time_ps"), 1'234'567);
  EXPECT_EQ(json.at("field"), "mss");
  EXPECT_EQ(json.at("seen"), "0");
  EXPECT_EQ(json.at("expected"), "1 or more");
  EXPECT_EQ(json.at("times"), 2);
  EXPECT_EQ(json.at("events"), (nlohmann::ordered_json{"one", "two"}));
}

}  // namespace
}  // namespace pspnic::base
