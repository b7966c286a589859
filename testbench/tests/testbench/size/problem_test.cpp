// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/problem.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "testbench/tests/testbench/sweep/fixtures.h"

namespace pspnic::size {
namespace {

using sweep::refusal;

Request request_of(const char* target, const char* workload, std::vector<std::string> settings = {}) {
  Request request;
  request.goal = parse_target(target);
  request.workload = workload;
  request.settings = std::move(settings);
  return request;
}

bool sets(const Problem& problem, const std::string& setting) {
  return std::ranges::find(problem.plan.settings, setting) != problem.plan.settings.end();
}

TEST(MakeProblem, TrafficOffersTheTarget) {
  const Problem bits = make_problem(request_of("100Gbps", "imix"));
  EXPECT_TRUE(sets(bits, "traffic.a.arrivals.rate=100Gbps"));
  EXPECT_TRUE(sets(bits, "traffic.a.arrivals.kind=paced"));
  EXPECT_TRUE(sets(bits, "payload=lengths"));
  EXPECT_FALSE(bits.notes.empty());
  EXPECT_EQ(bits.sides, std::vector{bench::kA});
  const Problem packets = make_problem(request_of("3Mpps", "many"));
  EXPECT_TRUE(sets(packets, "traffic.b.arrivals.packet_rate=3000000"));
  EXPECT_EQ(packets.sides, (std::vector{bench::kA, bench::kB}));
  Request goodput = request_of("100Gbps", "imix");
  goodput.goal.of = Goal::Of::kGoodput;
  EXPECT_TRUE(sets(make_problem(goodput), "traffic.a.arrivals.rate_of=payload"));
}

TEST(MakeProblem, LeavesToTheUserWhatHeHasSaid) {
  const Problem kind = make_problem(request_of("50Gbps", "imix", {"traffic.a.arrivals.kind=poisson"}));
  EXPECT_FALSE(sets(kind, "traffic.a.arrivals.kind=paced"));
  EXPECT_TRUE(sets(kind, "traffic.a.arrivals.rate=50Gbps"));
  const Problem rate =
      make_problem(request_of("50Gbps", "imix", {"a.arrivals.rate=60Gbps", "payload=bytes"}));
  EXPECT_EQ(rate.plan.settings.size(), 2u);
  EXPECT_TRUE(rate.notes.empty());
  Request file = request_of("50Gbps", "imix");
  file.configs = {{"f.json", R"({"traffic": {"a": {"arrivals": {"rate": "70Gbps"}}}})"}};
  EXPECT_TRUE(make_problem(file).notes.empty());
}

TEST(MakeProblem, RefusesGoalsThatTheTrafficForbids) {
  const auto why = [](const Request& request) { return refusal([&] { make_problem(request); }); };
  EXPECT_NE(
      why(request_of("50Gbps", "imix", {"traffic.a.arrivals.rate=40Gbps", "traffic.a.arrivals.kind=paced"}))
          .find("no card can reach it"),
      std::string::npos);
  EXPECT_NE(why(request_of("50Gbps", "churn")).find("--workload churn"), std::string::npos);
  EXPECT_NE(why(request_of("50Gbps", "streem")).find("unknown"), std::string::npos);
  EXPECT_NE(why(request_of("50Gbps", "stream", {"nic.pcie.tagz=1"})).find("nic.pcie.tags"),
            std::string::npos);
}

TEST(MakeProblem, CountsTheDirectionsThatSend) {
  EXPECT_EQ(make_problem(request_of("1Gbps", "bidir")).sides.size(), 2u);
  EXPECT_EQ(make_problem(request_of("1Gbps", "rpc")).sides, std::vector{bench::kB});
  EXPECT_EQ(make_problem(request_of("1Gbps", "tcp")).plan.packets, std::nullopt);
}

TEST(CheckSpace, FindsValuesOutOfRangeAndOnesThatDoNotGoTogether) {
  Request request = request_of("1Gbps", "stream");
  const auto why = [&](const char* list) {
    request.lists = {list};
    return refusal([&] { check_space(make_problem(request)); });
  };
  EXPECT_NE(why("nic.pcie.tags=8,9999").find("1..1024"), std::string::npos);
  EXPECT_NE(why("nic.crypto.gcm.lanes=1,2,9").find("nic.crypto.gcm.queue_packets"), std::string::npos);
  EXPECT_EQ(why("nic.pcie.tags=64,128"), "");
}

TEST(MeasuredOf, TakesTheWorseDirection) {
  const Problem problem = make_problem(request_of("1Gbps", "bidir"));
  const Measured measured = measured_of({{"a_to_b.steady_wire_bps", "5"},
                                         {"b_to_a.steady_wire_bps", "4"},
                                         {"a_to_b.latency_p99_ps", "7"},
                                         {"b_to_a.latency_p99_ps", "null"},
                                         {"drops", "3"}},
                                        problem);
  EXPECT_EQ(measured.rate, 4);
  EXPECT_EQ(measured.p99, 7);
  EXPECT_EQ(measured.drops, 3u);
}

}  // namespace
}  // namespace pspnic::size
