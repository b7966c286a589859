// SPDX-License-Identifier: Apache-2.0
#include "model/base/violation.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace pspnic::base {
namespace {

constexpr Site kQueue{Site::Kind::kTxQueue, 3};

Violation mss() {
  return {.when = 1'234'567,
          .rule = DriverRule::kTxTsoMss,
          .site = kQueue,
          .part = descriptor_text(17),
          .field = "mss",
          .seen = "0",
          .expected = "1 or more",
          .events = {}};
}

TEST(ViolationTest, ReadsAsACompilersMessage) {
  EXPECT_EQ(to_string(mss()),
            "tx queue 3, descriptor 17: error: a TSO context needs an MSS above 0 [tx-tso-mss]; at 1234 ns, "
            "field mss; seen: 0; expected: 1 or more");
}

TEST(ViolationTest, LeavesOutWhatIsNotKnown) {
  EXPECT_EQ(to_string(Violation{.rule = DriverRule::kRxReserved,
                                .site = {Site::Kind::kBufferQueue, 1},
                                .part = {},
                                .field = {},
                                .seen = {},
                                .expected = {},
                                .events = {}}),
            "rx buffer queue 1: warning: reserved bytes of a buffer descriptor are 0 [rx-reserved]; at 0 ns");
}

TEST(ViolationTest, IsExplainedWithSourceAndEvents) {
  Violation violation = mss();
  violation.times = 5;
  violation.events = {"1000 ns  doorbell, tail 18"};
  EXPECT_EQ(explain(violation, "nic_a"),
            "nic_a: tx queue 3, descriptor 17: error: a TSO context needs an MSS above 0 [tx-tso-mss]\n"
            "    at 1234 ns, field mss\n"
            "    seen      0\n"
            "    expected  1 or more\n"
            "    source    IDPF 1.0, transmit segmentation offload\n"
            "    times     5\n"
            "    last events of tx queue 3:\n"
            "      1000 ns  doorbell, tail 18\n");
}

TEST(ViolationTest, NamesWhosePlaceItIs) {
  EXPECT_EQ(to_string(Site::of_function(Site::Kind::kMailboxRequests, 0)), "mailbox ring ATQ");
  EXPECT_EQ(to_string(Site::of_function(Site::Kind::kMailboxAnswers, 2)), "VF 1 mailbox ring ARQ");
  EXPECT_EQ(to_string(Site::of_function(Site::Kind::kFunction, 0)), "physical function");
  EXPECT_EQ(to_string(Site::of_function(Site::Kind::kFunction, 1)), "VF 0");
  EXPECT_EQ(to_string(Site{Site::Kind::kConfigCommands, 1}), "config queue 1 commands");
}

TEST(ViolationLogTest, KeepsTheFirstOnesAndCountsAll) {
  ViolationLog log("nic_a");
  EXPECT_EQ(log.device(), "nic_a");
  EXPECT_EQ(log.count(), 0u);
  EXPECT_TRUE(log.first().empty());
  for (uint32_t i = 0; i < 1000; ++i) {
    Violation violation = mss();
    violation.site.number = i;
    log.report(violation);
  }
  EXPECT_EQ(log.count(), 1000u);
  EXPECT_EQ(log.left_out(), 900u);
  ASSERT_EQ(log.first().size(), 100u);
  for (uint32_t i = 0; i < 100; ++i) EXPECT_EQ(log.first()[i].site.number, i);
}

TEST(ViolationLogTest, CountsRepeatsOfARuleAtASite) {
  ViolationLog log("nic_a");
  Violation violation = mss();
  log.report(violation);
  violation.part = descriptor_text(18);
  log.report(violation);
  violation.rule = DriverRule::kTxBufferEmpty;
  log.report(violation);
  EXPECT_EQ(log.count(), 3u);
  EXPECT_EQ(log.left_out(), 0u);
  ASSERT_EQ(log.first().size(), 2u);
  EXPECT_EQ(log.first()[0].times, 2u);
  EXPECT_EQ(log.first()[0].part, "descriptor 17");
  EXPECT_EQ(log.first()[1].times, 1u);
}

TEST(ViolationLogTest, AsksTheHistoryForTheFirstOfEach) {
  struct History : SiteHistory {
    std::vector<std::string> last_events(Site site) const override { return {to_string(site)}; }
  } history;
  ViolationLog log("nic_a");
  log.set_history(&history);
  log.report(mss());
  EXPECT_EQ(log.first().front().events, std::vector<std::string>{"tx queue 3"});
}

TEST(ViolationTest, ListenerHearsOfEachWithItsNumber) {
  struct Listener : ViolationListener {
    std::vector<std::pair<uint64_t, std::string>> heard;
    void on_violation(const Violation& violation) override {
      heard.emplace_back(violation.times, violation.seen);
    }
  } listener;
  ViolationLog log("nic");
  log.report(mss());
  log.set_listener(&listener);
  Violation again = mss();
  again.seen = "9";
  log.report(again);
  again.part = descriptor_text(18);
  log.report(again);
  again.rule = DriverRule::kTxReserved;
  log.report(again);
  const std::vector<std::pair<uint64_t, std::string>> expected{{2, "9"}, {3, "9"}, {1, "9"}};
  EXPECT_EQ(listener.heard, expected);
  log.set_listener(nullptr);
  log.report(again);
  EXPECT_EQ(log.count(), 5u);
  EXPECT_EQ(listener.heard.size(), 3u);
}

}  // namespace
}  // namespace pspnic::base
