// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/summary.h"

#include <gtest/gtest.h>

#include <sstream>

namespace pspnic::bench {
namespace {

class SummaryTest : public testing::Test {
 protected:
  SummaryTest() {
    for (const Side side : {kA, kB}) summary_.directions[side].outcome = &outcomes_[side];
  }
  std::string printed() const {
    std::ostringstream out;
    print_summary(out, summary_);
    return out.str();
  }

  DirectionOutcome outcomes_[kSides];
  Summary summary_;
};

TEST_F(SummaryTest, IsWellWhenNothingIsWrong) {
  outcomes_[kA].sent = outcomes_[kA].received = outcomes_[kA].verified = 5;
  EXPECT_TRUE(summary_.all_well());
  EXPECT_NE(printed().find("All received bytes equal the sent ones."), std::string::npos);
}

TEST_F(SummaryTest, IsNotWellWhenAnythingIsWrong) {
  const auto not_well = [&] {
    return !summary_.all_well() && printed().find("NOT ALL IS WELL") != std::string::npos;
  };
  outcomes_[kB].corrupted = 1;
  EXPECT_TRUE(not_well());
  outcomes_[kB].corrupted = 0;
  outcomes_[kB].sent = 1;
  EXPECT_TRUE(not_well());
  outcomes_[kB].verified = 1;
  for (std::string* text : {&summary_.imbalance, &summary_.input_error}) {
    *text = "something";
    EXPECT_TRUE(not_well());
    text->clear();
  }
  for (auto* list : {&summary_.failures, &summary_.anomalies}) {
    list->push_back("something");
    EXPECT_TRUE(not_well());
    list->clear();
  }
  EXPECT_TRUE(summary_.all_well());
}

TEST_F(SummaryTest, TcpIsJudgedByBytesAndConnections) {
  outcomes_[kA].sent = 10;  // one of them lost and sent again
  outcomes_[kA].received = outcomes_[kA].verified = 9;
  TcpOutcome& tcp = outcomes_[kA].tcp.emplace();
  tcp.offered_bytes = tcp.delivered_bytes = 900;
  tcp.counters.retransmitted_segments = 1;
  tcp.counters.timeouts = 1;
  ConnectionOutcome& connections = summary_.connections.emplace();
  connections.opened = connections.closed = 1;
  EXPECT_TRUE(summary_.all_well());
  EXPECT_NE(printed().find("1 in all, 1 closed by FIN both ways\n"), std::string::npos);
  EXPECT_NE(printed().find("900 of 900 delivered in order, byte for byte the same\n"), std::string::npos);
  EXPECT_NE(printed().find("sent again 1 segments"), std::string::npos);
  tcp.delivered_bytes = 800;
  tcp.undelivered_bytes = 100;
  EXPECT_FALSE(summary_.all_well());
  EXPECT_NE(printed().find("100 MISSING"), std::string::npos);
  tcp.delivered_bytes = 900;
  tcp.undelivered_bytes = 0;
  connections.closed = 0;
  connections.faults.push_back("connection 0, host A: has not ended");
  EXPECT_FALSE(summary_.all_well());
  EXPECT_NE(printed().find("1 FAILED"), std::string::npos);
  EXPECT_NE(printed().find("connection 0, host A: has not ended"), std::string::npos);
}

TEST_F(SummaryTest, IsNotWellWhenPacketsCameAgainOrOutOfOrder) {
  outcomes_[kA].sent = outcomes_[kA].received = outcomes_[kA].verified = 5;
  outcomes_[kA].duplicated = 1;
  EXPECT_FALSE(summary_.all_well());
  outcomes_[kA].duplicated = 0;
  outcomes_[kA].reordered = 1;
  EXPECT_FALSE(summary_.all_well());
}

TEST_F(SummaryTest, LossesThatFaultsExplainAreWellOthersAreNot) {
  outcomes_[kA].offered = outcomes_[kA].sent = 5;
  outcomes_[kA].received = outcomes_[kA].verified = 3;
  Ledger& ledger = summary_.directions[kA].ledger;
  ledger.kept = summary_.directions[kB].ledger.kept = true;
  ledger.losses = {{"cable.lost", 2, true}};
  EXPECT_TRUE(summary_.all_well());
  EXPECT_NE(printed().find("2 explained by faults, 0 WITHOUT EXPLANATION"), std::string::npos);
  ledger.losses = {{"cable.lost", 1, true}, {"nic_b.rx_overflow", 1, false}};
  EXPECT_FALSE(summary_.all_well());
  EXPECT_NE(printed().find("1 nic_b.rx_overflow: NOT EXPLAINED"), std::string::npos);
  ledger.losses.clear();
  summary_.directions[kA].odd.corrupted = 1;
  EXPECT_FALSE(summary_.all_well());
}

TEST_F(SummaryTest, FaultsNeverExplainFindingsImbalanceOrFunctionsGivenUp) {
  summary_.faults_seen = ~FaultKinds{0};
  EXPECT_TRUE(summary_.all_well());
  summary_.check_failures = 1;
  EXPECT_FALSE(summary_.all_well());
  summary_.check_failures = 0;
  summary_.imbalance = "tx: 1 in, 0 out";
  EXPECT_FALSE(summary_.all_well());
  summary_.imbalance.clear();
  summary_.given_up = {"nic_a did not come up again"};
  EXPECT_FALSE(summary_.all_well());
  EXPECT_NE(printed().find("nic_a did not come up again"), std::string::npos);
}

TEST_F(SummaryTest, NamesTheBusiestBlockOnlyWhenItIsBusyEnough) {
  const auto blocks = [&] { return bottleneck(summary_).blocks; };
  EXPECT_TRUE(blocks().empty());
  summary_.blocks = {{"first", 0.94, 0.0}, {"second", 0.5, 0.0}};
  EXPECT_TRUE(blocks().empty());
  EXPECT_NE(printed().find("No block is busy above 95 %"), std::string::npos);
  summary_.blocks.front().utilisation = 0.96;
  EXPECT_EQ(blocks(), std::vector<std::string>{"first"});
  EXPECT_NE(printed().find("Bottleneck: first"), std::string::npos);
}

TEST_F(SummaryTest, NamesBlocksThatAreBusyAlike) {
  summary_.blocks = {{"first", 0.99, 0.0}, {"second", 0.981, 0.0}, {"third", 0.979, 0.0}};
  EXPECT_EQ(bottleneck(summary_).blocks, (std::vector<std::string>{"first", "second"}));
  EXPECT_NE(printed().find("Bottleneck: first and second\n"), std::string::npos);
  summary_.blocks[2].utilisation = 0.985;
  EXPECT_NE(printed().find("Bottleneck: first, third and second\n"), std::string::npos);
}

TEST_F(SummaryTest, WithoutABusyBlockNamesWhatWasWaitedFor) {
  summary_.blocks = {{"first", 0.94, 0.0}};
  summary_.waits = {{"nic_a.tx_fetch.window", 0.99}, {"nic_a.pcie.tags", 0.89}};
  summary_.host_waits = {{kA, "host.ring", 0.97}};
  EXPECT_EQ(bottleneck(summary_).resources, std::vector<std::string>{"nic_a.tx_fetch.window"});
  EXPECT_NE(printed().find("waited for nearly all the time: nic_a.tx_fetch.window\n"), std::string::npos);
  EXPECT_TRUE(bottleneck(summary_).hosts.empty()) << "their rings are full because the card is slow";
  summary_.waits.front().share = 0.89;
  EXPECT_TRUE(bottleneck(summary_).resources.empty());
  EXPECT_EQ(bottleneck(summary_).hosts.size(), 1u);
  summary_.blocks.front().utilisation = 0.95;
  EXPECT_TRUE(bottleneck(summary_).resources.empty()) << "a buffer in front of a busy block is full";
}

TEST_F(SummaryTest, ADirectionThatEndsEarlyIsJudgedByItsOwnTime) {
  summary_.window = 1000 * base::kUs;
  summary_.directions[kA].time = 150 * base::kUs;
  summary_.directions[kB].time = 1000 * base::kUs;
  summary_.directions[kB].to = kA;
  summary_.blocks = {{"nic_b.tx.stages.crypto", 0.5, 0.0},
                     {"nic_a.tx.stages.crypto", 0.15, 0.0},
                     {"nic_a.pcie.upstream", 0.15, 0.0},
                     {"nic_a.rx.stages.crypto", 0.15, 0.0}};
  EXPECT_DOUBLE_EQ(share_of_own_time(summary_, "nic_b.rx.stages.kdf", 0.09), 0.6);
  EXPECT_EQ(bottleneck(summary_).blocks, std::vector<std::string>{"nic_a.tx.stages.crypto"});
  EXPECT_DOUBLE_EQ(bottleneck(summary_).busy, 1);
  summary_.blocks.clear();
  summary_.waits = {{"nic_a.tx_fetch.window", 0.149}, {"nic_b.tx_fetch.window", 0.149}};
  EXPECT_EQ(bottleneck(summary_).resources, std::vector<std::string>{"nic_a.tx_fetch.window"});
  summary_.waits.clear();
  summary_.host_waits = {{kB, "host.ring", 0.4}, {kA, "host.ring", 0.1}};
  ASSERT_EQ(bottleneck(summary_).hosts.size(), 1u);
  EXPECT_EQ(bottleneck(summary_).hosts[0].side, kA);
}

TEST_F(SummaryTest, PrintsDropsByReasonAndPacketsInClear) {
  outcomes_[kA].offered = outcomes_[kA].sent = outcomes_[kA].verified = 4;
  outcomes_[kA].clear = {{"not_ip", 3}, {"malformed", 0}};
  summary_.drops = {{"nic_b.rx_overflow", 17}};
  const std::string text = printed();
  EXPECT_NE(text.find("not_ip: 3"), std::string::npos);
  EXPECT_EQ(text.find("malformed"), std::string::npos);
  EXPECT_NE(text.find("nic_b.rx_overflow"), std::string::npos);
  EXPECT_NE(text.find(" 17\n"), std::string::npos);
}

}  // namespace
}  // namespace pspnic::bench
