// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/timeline.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

namespace pspnic::bench {
namespace {

using base::Leg;
using Json = nlohmann::json;

base::Journey journey(base::Time begin) {
  base::Journey made;
  made.begin(begin);
  made.reach(Leg::kTurn, begin + 30);
  made.reach(Leg::kFetch, begin + 100);
  return made;
}

std::vector<Json> events(const Json& trace, const std::string& phase) {
  std::vector<Json> found;
  for (const Json& event : trace["traceEvents"]) {
    if (event["ph"] == phase) found.push_back(event);
  }
  return found;
}

TEST(Timeline, KeepsTheFirstPacketsOnly) {
  Timeline timeline(2);
  for (base::Time begin = 0; begin < 5; ++begin) timeline.on_journey(journey(begin));
  ASSERT_EQ(timeline.journeys().size(), 2u);
  EXPECT_EQ(timeline.journeys()[1].began, 1u);
}

TEST(Timeline, WithoutPacketsIsAWholeFile) {
  const Json trace = Json::parse(timeline_json(Timeline(1), Timeline(1)));
  EXPECT_TRUE(events(trace, "X").empty());
  EXPECT_EQ(events(trace, "M").size(), 6u) << "names of three processes each way";
}

TEST(Timeline, PacketsThatABlockHasAtOnceStandOnLinesOfTheirOwn) {
  Timeline a(10);
  Timeline b(10);
  for (const base::Time begin : {1'000'000, 1'000'010, 1'000'500}) b.on_journey(journey(begin));
  const Json trace = Json::parse(timeline_json(a, b));
  std::map<std::pair<int, int>, int> lines;
  for (const Json& slice : events(trace, "X")) lines[{slice["pid"], slice["tid"]}]++;
  EXPECT_EQ(lines[std::pair(1, 1)], 3) << "the packet, and its two parts in it";
  int blocks = 0;
  int rows = 0;
  for (const auto& [line, slices] : lines) {
    if (line.first != 2) continue;
    ++rows;
    blocks += slices;
  }
  EXPECT_EQ(rows, 2) << "the third packet finds the first line free again";
  EXPECT_EQ(blocks, 3);
  EXPECT_DOUBLE_EQ(events(trace, "X")[0]["ts"].get<double>(), 1.0);
}

TEST(Timeline, CountersSayHowManyWaitAndEndAtNothing) {
  Timeline a(10);
  Timeline b(10);
  a.on_journey(journey(100));
  a.on_journey(journey(110));
  const std::vector<Json> counters = events(Json::parse(timeline_json(a, b)), "C");
  std::vector<int> levels;
  for (const Json& counter : counters) levels.push_back(counter["args"]["packets"]);
  EXPECT_EQ(levels, (std::vector<int>{1, 2, 1, 0}));
}

}  // namespace
}  // namespace pspnic::bench
