// SPDX-License-Identifier: Apache-2.0
#include "model/base/wait_stats.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace pspnic::base {
namespace {

nlohmann::json dump(const StatGroup& root, Time elapsed) {
  return nlohmann::json::parse(to_json(root, {.elapsed_ps = elapsed}))["nic"]["tags"];
}

TEST(WaitStats, ShareOfTimeInWhichSomebodyWaited) {
  StatGroup root("nic");
  WaitStats waits(root, "tags");
  waits.begin(100);
  waits.begin(150);  // still waits
  waits.end(200);
  waits.end(300);  // nobody does
  waits.begin(500);
  waits.end(600);
  EXPECT_EQ(dump(root, 1000)["waited"]["value"], 0.2);
  EXPECT_EQ(dump(root, 1000)["waits"]["value"], 2);
}

TEST(WaitStats, AWindowBeginsWithWhoWaitsThen) {
  StatGroup root("nic");
  WaitStats waits(root, "tags");
  waits.begin(100);
  root.reset(200);
  waits.end(250);
  EXPECT_EQ(dump(root, 100)["waited"]["value"], 0.5);
  EXPECT_EQ(dump(root, 100)["waits"]["value"], 0) << "it began before";
}

}  // namespace
}  // namespace pspnic::base
