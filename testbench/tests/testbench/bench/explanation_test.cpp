// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/explanation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "model/base/journey_sums.h"
#include "testbench/bench/summary.h"

namespace pspnic::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ExplanationTest : public ::testing::Test {
 protected:
  // One packet: doorbell at 100, in memory at 1000.
  void place() {
    base::Journey journey;
    journey.begin(100);
    journey.reach(base::Leg::kDescriptors, 400);
    sums_.add(journey, 800, 300, 1000);
  }
  WayTime way(const Deliveries& received) const { return way_time(sums_, received, outcome_); }

  base::StatGroup root_{"card"};
  base::JourneySums sums_{root_};
  DirectionOutcome outcome_;
  Summary summary_;
};

TEST_F(ExplanationTest, HostsGetWhatTheCardsLeaveOfTheLatency) {
  place();
  outcome_.latency.record(2050);  // from 50 before the doorbell was at the card
  const WayTime found = way({1, 2100});
  EXPECT_EQ(found.from, LatencyFrom::kTransmit);
  EXPECT_TRUE(found.hosts_known);
  EXPECT_EQ(found.steps.front().name, std::string("doorbell"));
  EXPECT_DOUBLE_EQ(found.steps.front().work, 50);
  EXPECT_EQ(found.steps.back().name, std::string("interrupt"));
  EXPECT_DOUBLE_EQ(found.steps.back().wait, 1100);
  EXPECT_DOUBLE_EQ(found.sum(), 2050);
  EXPECT_DOUBLE_EQ(found.other, 0);
}

TEST_F(ExplanationTest, WaitingInTheHostIsNotTheDoorbell) {
  place();
  outcome_.latency.record(2550);
  outcome_.latency_from = LatencyFrom::kOffer;
  outcome_.host_time = 500;
  const WayTime found = way({1, 2100});
  EXPECT_EQ(found.from, LatencyFrom::kOffer);
  EXPECT_EQ(found.steps[0].name, std::string("host"));
  EXPECT_DOUBLE_EQ(found.steps[0].wait, 500);
  EXPECT_DOUBLE_EQ(found.steps[0].work, 0);
  EXPECT_EQ(found.steps[1].name, std::string("doorbell"));
  EXPECT_DOUBLE_EQ(found.steps[1].work, 50);
  EXPECT_DOUBLE_EQ(found.sum(), 2550);
}

TEST_F(ExplanationTest, PacketsThatDidNotComeUpLeaveTheHostsInOther) {
  place();
  place();
  outcome_.latency.record(2050);
  const WayTime found = way({1, 2100});
  EXPECT_FALSE(found.hosts_known);
  EXPECT_DOUBLE_EQ(found.sum(), 900);
  EXPECT_DOUBLE_EQ(found.other, 1150);
}

TEST_F(ExplanationTest, WithoutALatencyOfPacketsTimeCountsFromTheDoorbell) {
  place();
  outcome_.tcp.emplace();
  outcome_.latency.record(5);
  const WayTime found = way({1, 2100});
  EXPECT_FALSE(found.from);
  EXPECT_DOUBLE_EQ(found.mean, 2000);
  EXPECT_DOUBLE_EQ(found.other, 0);
}

TEST_F(ExplanationTest, NothingArrivedIsNothingToExplain) {
  EXPECT_THAT(way({0, 0}).steps, IsEmpty());
}

BlockUse stage(const char* name, double busy, double blocked) {
  return {
      .name = name, .utilisation = busy, .blocked = blocked, .starved = 1 - busy - blocked, .stage = true};
}

TEST_F(ExplanationTest, AStageIsBlockedByTheNextAndStarvedByTheBusyOneBefore) {
  summary_.blocks = {stage("nic_a.tx.stages.crypto", 1.0, 0), stage("nic_a.tx.stages.parse", 0.2, 0.1),
                     stage("nic_a.tx.stages.mac", 0.4, 0), stage("nic_b.rx.stages.kdf", 0.1, 0.2)};
  const std::vector<BlockState> states = block_states(summary_);
  EXPECT_EQ(states[0].starved_by, "") << "it never is";
  EXPECT_EQ(states[1].blocked_by, "nic_a.tx.stages.edit");
  EXPECT_EQ(states[1].starved_by, "host_a");
  EXPECT_EQ(states[2].starved_by, "nic_a.tx.stages.crypto");
  EXPECT_EQ(states[3].blocked_by, "nic_b.rx.stages.crypto");
  EXPECT_EQ(states[3].starved_by, "nic_a.tx.stages.crypto") << "over the cable";
}

TEST_F(ExplanationTest, AStageWithPacketsAtItsDoorIsHeldByItsOwnQueue) {
  summary_.blocks = {stage("nic_a.tx.stages.crypto", 0.19, 0), stage("nic_b.rx.stages.kdf", 0.1, 0.8),
                     stage("nic_b.rx.stages.crypto", 0.15, 0), stage("nic_b.tx.stages.crypto", 0.19, 0)};
  summary_.blocks[0].at_door = 20;
  summary_.blocks[3].at_door = 0.4;
  summary_.explanation.blocks = block_states(summary_);
  const std::vector<BlockState>& states = summary_.explanation.blocks;
  EXPECT_EQ(states[0].starved_by, "nic.crypto.gcm.queue_packets");
  EXPECT_EQ(states[2].starved_by, "nic.crypto.gcm.queue_packets") << "as the stage in front is blocked";
  EXPECT_EQ(states[3].starved_by, "host_b") << "a burst now and then";
  EXPECT_EQ(conclusion(summary_, summary_.explanation)[1],
            "nic_b.rx.stages.crypto is free 85.0 % of the time while packets wait for room in its queue: "
            "nic.crypto.gcm.queue_packets may be too small.");
}

TEST_F(ExplanationTest, TheBusierLinkIsTheSource) {
  summary_.blocks = {stage("nic_a.tx.stages.parse", 0.2, 0),
                     {.name = "nic_a.pcie.downstream", .utilisation = 0.92},
                     {.name = "nic_a.pcie.upstream", .utilisation = 0.997}};
  EXPECT_EQ(block_states(summary_).front().starved_by, "nic_a.pcie.upstream");
}

TEST_F(ExplanationTest, ADirectionThatEndsEarlyIsLimitedInItsOwnTime) {
  summary_.window = 1000 * base::kUs;
  summary_.directions[kA].time = 150 * base::kUs;
  summary_.blocks = {stage("nic_a.tx.stages.crypto", 0.148, 0)};
  summary_.blocks[0].at_door = 20;
  EXPECT_EQ(block_states(summary_)[0].starved_by, "host_a") << "its queue was full while it was busy";
  EXPECT_EQ(conclusion(summary_, {})[0],
            "Limited by nic_a.tx.stages.crypto: busy 98.7 % of the 150 us of its direction.");
}

TEST_F(ExplanationTest, WhereNoBlockIsBusyTheResourceWaitedForStarves) {
  summary_.blocks = {stage("nic_b.tx.stages.parse", 0.2, 0)};
  summary_.waits = {{"nic_a.pcie.tags", 1.0}, {"nic_b.pcie.tags", 0.5}};
  EXPECT_EQ(block_states(summary_).front().starved_by, "nic_b.pcie.tags");
}

TEST_F(ExplanationTest, TheConclusionNamesTheLimitThoseWhoWaitAndTheLongestPart) {
  summary_.blocks = {stage("nic_a.tx.stages.crypto", 0.998, 0), stage("nic_a.tx.stages.parse", 0.1, 0.634)};
  summary_.waits = {{"nic_a.tx_fetch.crypto_buffer", 0.25}, {"nic_a.pcie.tags", 0.1}, {"nic_b.sa", 0.04}};
  Explanation& explanation = summary_.explanation;
  explanation.blocks = block_states(summary_);
  explanation.ways[kA] = {
      .packets = 1, .mean = 2e6, .steps = {{"fetch", 0.3e6, 0.2e6}, {"tx lanes", 1.4e6, 0.1e6}}};
  const std::vector<std::string> text = conclusion(summary_, explanation);
  ASSERT_EQ(text.size(), 3u);
  EXPECT_EQ(text[0], "Limited by nic_a.tx.stages.crypto: busy 99.8 % of the time.");
  EXPECT_EQ(text[1],
            "nic_a.tx.stages.parse is blocked by nic_a.tx.stages.edit 63.4 %, packets wait for "
            "nic_a.tx_fetch.crypto_buffer 25.0 %, and for nic_a.pcie.tags 10.0 % of the time.");
  EXPECT_EQ(text[2],
            "From A to B a packet takes 2.00 us; the longest part is tx lanes, 75.0 %, most of it waiting.");
}

TEST_F(ExplanationTest, PrintsWhatMattersAndAddsUpTheRest) {
  Explanation explanation;
  explanation.ways[kB] = {.packets = 1,
                          .mean = 10e6,
                          .steps = {{"fetch", 5e6, 4.98e6}, {"kdf", 0, 0.01e6}, {"write", 0, 0.01e6}}};
  std::ostringstream out;
  print_explanation(out, explanation);
  EXPECT_THAT(out.str(), HasSubstr("host B to host A: 10.000 us in the mean\n"));
  EXPECT_THAT(out.str(), HasSubstr("fetch              5.000     4.980   99.8 %  ....................####"));
  EXPECT_THAT(out.str(), HasSubstr("the rest           0.000     0.020    0.2 %\n"));
  EXPECT_EQ(out.str().find("kdf"), std::string::npos);
  EXPECT_EQ(out.str().find("host A to host B"), std::string::npos);
}

}  // namespace
}  // namespace pspnic::bench
