// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/point_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

namespace pspnic::sweep {
namespace {

TEST(PointResult, SurvivesItsFile) {
  const PointResult result{
      Status::kFailed, "a \"reason\"", {{"x", "12.5"}, {"n", "null"}, {"b", "\"nic_a\""}}};
  const PointResult again = read_result(result_json(result), "r");
  EXPECT_EQ(again.status, Status::kFailed);
  EXPECT_EQ(again.reason, result.reason);
  ASSERT_EQ(again.headlines.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(again.headlines[i].name, result.headlines[i].name);
    EXPECT_EQ(again.headlines[i].json, result.headlines[i].json);
  }
  EXPECT_EQ(result_json(again), result_json(result));
}

TEST(PointResult, ReasonsMayBeAnyBytes) {
  const PointResult result{Status::kKilled, "\xff\x01", {}};
  EXPECT_EQ(read_result(result_json(result), "r").reason, "\xEF\xBF\xBD\x01");
}

TEST(PointResult, HalfAFileIsNone) {
  const std::string json = result_json({Status::kOk, "", {{"x", "1"}}});
  EXPECT_THROW(read_result(json.substr(0, json.size() / 2), "r"), std::runtime_error);
  EXPECT_THROW(read_result("", "r"), std::runtime_error);
  EXPECT_THROW(read_result(R"({"status": "fine", "reason": "", "results": {}})", "r"), std::runtime_error);
}

TEST(PointCost, SurvivesItsFile) {
  const auto cost = read_cost(cost_json({0.25, 100}));
  ASSERT_TRUE(cost);
  EXPECT_EQ(cost->cpu_seconds, 0.25);
  EXPECT_EQ(cost->packets, 100u);
  for (const char* text : {"", "{}", "[]", R"({"cpu_seconds": "1", "packets": 1})"})
    EXPECT_FALSE(read_cost(text));
}

TEST(Headlines, HaveBothDirectionsAndCountDrops) {
  bench::DirectionOutcome busy, idle;
  busy.sent = 7;
  busy.latency.record(1000);
  bench::Summary summary;
  summary.directions[bench::kA].outcome = &busy;
  summary.directions[bench::kA].goodput_bps = 1.5;
  summary.directions[bench::kB].outcome = &idle;
  summary.drops = {{"nic_b.rx_overflow", 3}, {"host_b.x", 4}};
  summary.blocks = {{"nic_a.tx", 0.5, 0}};
  const auto list = headlines(summary);
  const auto value = [&](const std::string& name) {
    const auto found = std::ranges::find(list, name, &Headline::name);
    return found == list.end() ? "none" : found->json;
  };
  EXPECT_EQ(value("a_to_b.sent"), "7");
  EXPECT_EQ(value("a_to_b.goodput_bps"), "1.5");
  EXPECT_EQ(value("a_to_b.latency_p99.9_ps"), "1000");
  EXPECT_EQ(value("b_to_a.latency_p50_ps"), "null");
  EXPECT_EQ(value("busiest_block"), "\"nic_a.tx\"");
  EXPECT_EQ(value("bottleneck"), "null");
  EXPECT_EQ(value("drops"), "7");
  EXPECT_EQ(value("drops.nic_b.rx_overflow"), "3");
  EXPECT_EQ(value("connections_per_second"), "none") << "of control planes alone";
}

TEST(Headlines, OfTrafficHaveWhatWasOfferedAndWhatBecameOfRequests) {
  bench::DirectionOutcome outcomes[bench::kSides];
  outcomes[bench::kA].not_sent = {{"the host's backlog was full", 134}, {"another reason", 1}};
  bench::Summary summary;
  for (const bench::Side side : {bench::kA, bench::kB}) summary.directions[side].outcome = &outcomes[side];
  bench::TrafficOffer& offer = summary.traffic.emplace().offers[bench::kA];
  offer.open_loop = true;
  offer.messages = 3000;
  offer.offered.payload_bytes = 1000;
  offer.offered.wire_bytes = 1100;
  offer.carried.payload_bytes = 500;
  offer.carried.wire_bytes = 600;
  offer.offered_for = offer.carried_for = base::kUs;
  const auto value = [&](const std::string& name) {
    const auto list = headlines(summary);
    const auto found = std::ranges::find(list, name, &Headline::name);
    return found == list.end() ? "none" : found->json;
  };
  EXPECT_EQ(value("a_to_b.not_sent"), "135");
  EXPECT_EQ(value("b_to_a.not_sent"), "0");
  EXPECT_EQ(value("a_to_b.offered_messages"), "3000");
  EXPECT_EQ(value("a_to_b.offered_bps"), "8000000000.0");
  EXPECT_EQ(value("a_to_b.offered_wire_bps"), "8800000000.0");
  EXPECT_EQ(value("a_to_b.carried_bps"), "4000000000.0");
  EXPECT_EQ(value("a_to_b.carried_wire_bps"), "4800000000.0");
  EXPECT_EQ(value("b_to_a.offered_bps"), "null") << "nothing at times of its own";
  EXPECT_EQ(value("requests_per_second"), "none");

  bench::TransactionOutcome& requests = summary.traffic->transactions.emplace();
  EXPECT_EQ(value("request_p99_ps"), "null");
  requests.completed = 3;
  requests.lost = 2;
  requests.time = base::kUs;
  requests.latency.record(1000);
  EXPECT_EQ(value("requests_per_second"), "3000000.0");
  EXPECT_EQ(value("requests_lost"), "2");
  EXPECT_EQ(value("request_p99.9_ps"), "1000");
}

}  // namespace
}  // namespace pspnic::sweep
