// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/verdict.h"

#include <gtest/gtest.h>

#include <sstream>

namespace pspnic::bench {
namespace {

class VerdictTest : public testing::Test {
 protected:
  VerdictTest() {
    for (const Side side : {kA, kB}) {
      outcomes_[side].sent = outcomes_[side].received = outcomes_[side].verified = 10;
      summary_.directions[side].outcome = &outcomes_[side];
    }
  }
  // What is wrong, which all that judge a run say alike.
  std::string fault() const {
    const std::string text = first_fault(summary_);
    EXPECT_EQ(text.empty(), summary_.all_well());
    std::ostringstream out;
    print_summary(out, summary_);
    EXPECT_EQ(out.str().find("NOT ALL IS WELL: " + text + "\n") != std::string::npos, !text.empty());
    return text;
  }

  DirectionOutcome outcomes_[kSides];
  Summary summary_;
};

TEST_F(VerdictTest, TellsLossesApartByWhoDroppedMost) {
  EXPECT_EQ(fault(), "");
  outcomes_[kA].verified = 7;
  EXPECT_EQ(fault(), "A to B: 3 of 10 packets missing; nobody says that he dropped them");
  summary_.drops = {{"nic_b.rx_overflow", 1}, {"nic_b.rx_no_buffer", 2}};
  EXPECT_EQ(fault(), "A to B: 3 of 10 packets missing; dropped: nic_b.rx_no_buffer 2");
  outcomes_[kA].duplicated = 1;
  EXPECT_EQ(fault(), "A to B: 1 packets came again, 3 of 10 packets missing; dropped: nic_b.rx_no_buffer 2");
}

TEST_F(VerdictTest, NamesTheCauseBeforeItsConsequence) {
  outcomes_[kB].verified = 9;
  summary_.failures = {"nic_a ring 3", "nic_a ring 4", "nic_a ring 5"};
  EXPECT_EQ(fault(), "driver: nic_a ring 3 (and 2 more)");
  summary_.failures.clear();
  summary_.imbalance = "tx: 1 in\n    0 out\n";
  EXPECT_EQ(fault(), "does not balance: tx: 1 in") << "a line";
  summary_.check_failures = 2;
  summary_.check_findings = {"an ICV"};
  EXPECT_EQ(fault(), "wire checker: an ICV (and 1 more)");
  summary_.input_error = "a.pcap: ends";
  EXPECT_EQ(fault(), "the input broke off: a.pcap: ends");
}

TEST_F(VerdictTest, OfRunsWithFaultsNamesWhatTheyDoNotExplain) {
  Ledger& ledger = summary_.directions[kA].ledger;
  ledger.kept = summary_.directions[kB].ledger.kept = true;
  ledger.losses = {{"cable.lost", 5, true}};
  EXPECT_EQ(fault(), "");
  ledger.losses.push_back({"nic_b.rx_overflow", 2, false});
  EXPECT_EQ(fault(), "A to B: 2 packets lost without explanation, first: nic_b.rx_overflow");
  summary_.directions[kA].odd.reordered = 4;
  EXPECT_EQ(fault(), "A to B: 4 packets out of order without explanation");
}

TEST_F(VerdictTest, RequestsWithoutAnswerAreAFaultUnlessFaultsAreWanted) {
  TransactionOutcome& requests = summary_.traffic.emplace().transactions.emplace();
  requests.begun = 142;
  EXPECT_EQ(fault(), "");
  requests.lost = 12;
  EXPECT_EQ(fault(), "12 of 142 requests had no whole answer within traffic.rpc.timeout");
  summary_.directions[kA].ledger.kept = summary_.directions[kB].ledger.kept = true;
  EXPECT_EQ(fault(), "");
}

}  // namespace
}  // namespace pspnic::bench
