// SPDX-License-Identifier: Apache-2.0
#include "model/base/violation.h"

#include <gtest/gtest.h>

namespace pspnic::base {
namespace {

TEST(ViolationTest, ReadsAsASentenceWithPlaceFieldRuleAndWhatWasSeen) {
  EXPECT_EQ(to_string({1'234'567, "tx queue 3, descriptor 17", "buffer_size", "must not be 0", "0"}),
            "at 1234 ns, tx queue 3, descriptor 17, field buffer_size: must not be 0; seen: 0");
}

TEST(ViolationTest, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(to_string({0, "rx queue 1", "", "must be enabled", ""}), "at 0 ns, rx queue 1: must be enabled");
}

TEST(ViolationLogTest, KeepsTheFirstOnesAndCountsAll) {
  ViolationLog log("nic_a");
  EXPECT_EQ(log.device(), "nic_a");
  EXPECT_EQ(log.count(), 0u);
  EXPECT_TRUE(log.first().empty());
  for (Time i = 0; i < 1000; ++i)
    log.report({.when = i, .place = "queue", .field = {}, .rule = "rule", .seen = {}});
  EXPECT_EQ(log.count(), 1000u);
  ASSERT_EQ(log.first().size(), 100u);
  for (Time i = 0; i < 100; ++i) EXPECT_EQ(log.first()[i].when, i);
}

}  // namespace
}  // namespace pspnic::base
