// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "testbench/sweep/files.h"
#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::sweep {
namespace {

std::vector<PointResult> three_results() {
  return {{Status::kOk, "", {{"x", "1.5"}, {"block", "\"a,b\""}, {"drops.b", "2"}}},
          {Status::kKilled, "signal 9", {}},
          {Status::kFailed, "bad \"bytes\"", {{"x", "2"}, {"block", "null"}, {"y", "7"}, {"drops.a", "1"}}}};
}

TEST(ResultsCsv, HasARowAPointAndEveryHeadline) {
  Plan plan = plan_of_seeds(3);
  plan.points.values[1][0] = "2,5";
  EXPECT_EQ(results_csv(plan, three_results()),
            "point,seed,status,reason,x,block,y,drops.a,drops.b\n"
            "0,1,ok,,1.5,\"a,b\",,0,2\n"
            "1,\"2,5\",killed,signal 9,,,,,\n"
            "2,3,failed,\"bad \"\"bytes\"\"\",2,,7,1,0\n");
}

TEST(ResultsJson, HasTheSameAndTheConfigurationOfEachPoint) {
  const TestFolder folder;
  Plan plan = plan_of_seeds(3);
  plan.points = {{"seed", "nic.crypto.gcm.lanes"}, {{"1", "3"}, {"2", "4"}, {"3", "5"}}};
  const std::string path = folder.path() + "/r.json";
  write_results_json(path, plan, three_results());
  const auto json = nlohmann::json::parse(read_if_there(path).value());
  ASSERT_EQ(json["points"].size(), 3u);
  const auto& last = json["points"][2];
  EXPECT_EQ(last["point"], 2);
  EXPECT_EQ(last["values"]["nic.crypto.gcm.lanes"], "5");
  EXPECT_EQ(last["status"], "failed");
  EXPECT_EQ(last["results"]["y"], 7);
  EXPECT_EQ(last["input"]["seed"], 3);
  EXPECT_EQ(last["config"]["nic"]["crypto"]["gcm"]["lanes"], 5);
  EXPECT_EQ(json["points"][1]["results"].size(), 0u);
}

TEST(Collect, TakesFilesFirstAndKnowsWhatIsMissing) {
  const TestFolder folder;
  const Plan plan = plan_of_seeds(3);
  std::filesystem::create_directories(folder.path() + "/points");
  clear_point(folder.path(), 0);
  write_whole(point_file(folder.path(), 0, kResult), result_json({Status::kOk, "", {{"x", "1"}}}));
  write_whole(point_file(folder.path(), 0, kHost), cost_json({2, 30}));
  const auto results =
      collect(folder.path(), plan, {{0, {Status::kFailed, "", {}}}, {2, {Status::kFailed, "disk", {}}}});
  EXPECT_EQ(results[0].status, Status::kOk);
  EXPECT_EQ(results[1].status, Status::kMissing);
  EXPECT_EQ(results[2].reason, "disk");
  EXPECT_EQ(sum_of_costs(folder.path(), plan).packets, 30u);
}

}  // namespace
}  // namespace pspnic::sweep
