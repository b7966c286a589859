// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/run_view.h"

#include <gtest/gtest.h>

#include "model/base/config_error.h"
#include "testbench/tests/testbench/report/example_report.h"

namespace pspnic::report {
namespace {

TEST(RunView, HasWhatTheReportSays) {
  const RunView run = read_run(example_report(), "r.json");
  EXPECT_TRUE(run.well);
  EXPECT_EQ(run.config.at("nic.mac.speed"), "200Gbps");
  EXPECT_EQ(run.config.at("workload"), "stream");
  EXPECT_DOUBLE_EQ(run.line_rate, 200e9);
  ASSERT_EQ(run.ways.size(), 1u) << "nothing came the other way";
  const WayView& way = run.ways[0];
  EXPECT_DOUBLE_EQ(way.payload, 1000);
  EXPECT_DOUBLE_EQ(way.frame, 1100);
  EXPECT_EQ(way.distribution, (std::vector<std::pair<double, double>>{{2e6, 0.9}, {3e6, 1.0}}));
  EXPECT_EQ(way.parts.size(), 3u);
  ASSERT_EQ(run.blocks.size(), 2u);
  EXPECT_TRUE(run.blocks[0].stage);
  EXPECT_FALSE(run.blocks[1].stage);
  EXPECT_EQ(run.blocks[0].starved_by, "host_a");
  EXPECT_DOUBLE_EQ(run.goodput(), 1e11);
  EXPECT_DOUBLE_EQ(run.p99(), 3e6);
  EXPECT_DOUBLE_EQ(run.dropped(), 3);
}

TEST(RunView, HasRequestsAndWhatHostsCouldNotSend) {
  std::string text = example_report();
  const RunView none = read_run(text, "r.json");
  EXPECT_DOUBLE_EQ(none.requests.rate, 0);
  EXPECT_DOUBLE_EQ(none.not_sent(), 0);
  text.replace(text.find("\"summary\": {"), 12, R"("summary": {"traffic": {"a_to_b": null, "transactions":
    {"begun": 9, "completed": 7, "lost": 2, "per_second": 1e6, "latency": {"p50": 3e6, "p99": 5e6}}}, )");
  text.replace(text.find("\"a_to_b\": {\"rec"), 11, R"("a_to_b": {"not_sent": {"x": 3, "y": 1}, )");
  const RunView run = read_run(text, "r.json");
  EXPECT_DOUBLE_EQ(run.requests.rate, 1e6);
  EXPECT_DOUBLE_EQ(run.requests.lost, 2);
  EXPECT_DOUBLE_EQ(run.requests.p50, 3e6);
  EXPECT_DOUBLE_EQ(run.requests.p99, 5e6);
  EXPECT_DOUBLE_EQ(run.not_sent(), 4);
}

TEST(RunView, RatesOfDifferentTimesAreNotAddedUp) {
  RunView run;
  run.ways.resize(2);
  run.ways[0].goodput = 120e9;
  run.ways[0].duration = 1e9;
  run.ways[1].goodput = 20e9;
  run.ways[1].duration = 6e9;
  EXPECT_DOUBLE_EQ(run.goodput(), 40e9) << "all bytes over the longer time";
  run.ways[0].duration = 6e9;
  EXPECT_DOUBLE_EQ(run.goodput(), 140e9);
}

TEST(RunView, WhatIsNoReportIsRefusedByName) {
  for (const char* text : {"", "{}", "[1]", R"({"config": {}})"}) {
    try {
      read_run(text, "some/file.json");
      ADD_FAILURE() << text;
    } catch (const base::ConfigError& error) {
      EXPECT_EQ(std::string(error.what()).find("some/file.json"), 0u) << error.what();
    }
  }
}

TEST(RunView, BucketsWithoutTheirEndsAreRefused) {
  std::string text = example_report();
  const size_t at = text.find("\"upto\": [");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, text.find(']', at) - at, "\"upto\": [");
  EXPECT_THROW(read_run(text, "some/file.json"), base::ConfigError);
}

TEST(RunView, ConfigurationsAreFlattened) {
  const auto flat = flat_config(R"({"a": {"b": 1, "c": {"d": "2us"}}, "e": true})");
  EXPECT_EQ(flat, (std::map<std::string, std::string>{{"a.b", "1"}, {"a.c.d", "2us"}, {"e", "true"}}));
}

}  // namespace
}  // namespace pspnic::report
