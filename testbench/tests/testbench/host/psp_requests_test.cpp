// SPDX-License-Identifier: Apache-2.0
// PSP requests that nobody waits for: how they share messages, in which order they go, what becomes of
// refusals, and that no key stays in a ring. The device answers whenever the test lets time pass.
#include "testbench/host/psp_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "testbench/host/config_queue.h"
#include "testbench/host/inline_keys.h"
#include "testbench/host/psp.h"
#include "testbench/tests/testbench/host/fake_device.h"

namespace pspnic::host::test {
namespace {

using idpf::Opcode;
using idpf::Status;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr psp::Version kVersion = psp::Version::kAesGcm128;
constexpr KeyMode kWays[] = {KeyMode::kMailbox, KeyMode::kConfigQueue, KeyMode::kDescriptor};

struct Answers : PspRequestListener {
  void on_rx_sa(const PspAnswer& answer, const RxSa* sa) override {
    log.push_back("rx " + std::to_string(answer.cookie) + (sa != nullptr ? "" : " refused"));
    if (sa != nullptr) given.push_back(*sa);
    took.push_back(answer.took_ps);
    if (then) then();
  }
  void on_tx_sa(const PspAnswer& answer, const SaHandle& sa) override {
    log.push_back("tx " + std::to_string(answer.cookie) + (sa.index != kNoSa ? "" : " refused"));
    handles.push_back(sa);
    ways.push_back(answer.way);
  }
  void on_tx_sa_deleted(const PspAnswer& answer) override {
    log.push_back("deleted " + std::to_string(answer.cookie));
    ways.push_back(answer.way);
  }
  void on_rotated(const PspAnswer& answer, const idpf::PspRotateKey& now, Status status) override {
    log.push_back("rotated " + std::to_string(answer.cookie) + " " + std::to_string(now.generation) +
                  (status == Status::kSuccess ? "" : " refused"));
  }

  std::vector<std::string> log;
  std::vector<RxSa> given;
  std::vector<SaHandle> handles;
  std::vector<KeyMode> ways;
  std::vector<uint64_t> took;
  std::function<void()> then;
};

class PspRequestsTest : public testing::Test {
 protected:
  void start_driver() {
    driver_ = std::make_unique<Driver>(device_, small_config());
    driver_->start(stack_);
  }
  void start(unsigned bulk, unsigned outstanding) {
    start_driver();
    before_ = device_.requests.size();
    requests().begin({bulk, outstanding}, answers_);
  }
  PspRequests& requests() { return driver_->psp_requests(); }
  void pass(uint64_t ps = 1000) { device_.delay(ps); }
  // "ALLOC 3" for each message since start().
  std::vector<std::string> messages() const {
    std::vector<std::string> list;
    for (size_t i = before_; i < device_.requests.size(); ++i) {
      const Request& request = device_.requests[i];
      switch (request.opcode) {
        case Opcode::kPspAllocRxSa:
          list.push_back("alloc " + std::to_string(request.as<idpf::PspRxSaList>().num_sa));
          break;
        case Opcode::kPspAddTxSa:
          list.push_back("add " + std::to_string(request.as<idpf::PspTxSaList>().num_sa));
          break;
        case Opcode::kPspDelTxSa:
          list.push_back("del " + std::to_string(request.as<idpf::PspTxSaDel>().num_sa));
          break;
        case Opcode::kPspFreeRxSa:
          list.push_back("free " + std::to_string(request.as<idpf::PspRxSaList>().num_sa));
          break;
        default:
          list.push_back(std::to_string(static_cast<uint32_t>(request.opcode)));
      }
    }
    return list;
  }
  static TxSaRequest request(uint8_t fill) {
    TxSaRequest sa;
    sa.spi = 77;
    sa.key.size = 16;
    std::fill_n(sa.key.bytes.begin(), 16, fill);
    return sa;
  }
  using List = std::vector<std::string>;

  FakeDevice device_;
  RecordingStack stack_;
  Answers answers_;
  std::unique_ptr<Driver> driver_;
  size_t before_ = 0;
};

TEST_F(PspRequestsTest, WhatWaitsSharesAMessage) {
  start(3, 1);
  for (unsigned i = 0; i < 8; ++i) requests().allocate(kVersion, i);
  EXPECT_EQ(messages(), List({"alloc 1"})) << "the first does not wait for others";
  EXPECT_EQ(requests().pending(), 8u);
  for (int i = 0; i < 4; ++i) pass();
  EXPECT_EQ(messages(), List({"alloc 1", "alloc 3", "alloc 3", "alloc 1"}));
  EXPECT_EQ(answers_.log, List({"rx 0", "rx 1", "rx 2", "rx 3", "rx 4", "rx 5", "rx 6", "rx 7"}));
  EXPECT_EQ(requests().pending(), 0u);
  for (const RxSa& sa : answers_.given) EXPECT_EQ(sa.key.size, 16u);
}

TEST_F(PspRequestsTest, NoMoreMessagesThanAllowedAreUnderWay) {
  start(1, 3);
  for (unsigned i = 0; i < 5; ++i) requests().allocate(kVersion, i);
  EXPECT_EQ(messages().size(), 3u);
  pass();
  EXPECT_EQ(messages().size(), 5u);
}

TEST_F(PspRequestsTest, TheKindThatWaitsLongestGoesFirst) {
  start(4, 1);
  requests().allocate(kVersion, 0);
  requests().add(request(1), 1);
  requests().allocate(kVersion, 2);
  requests().remove({5, 9}, 3);
  requests().add(request(2), 4);
  requests().free(123, 0);
  requests().rotate(6);
  for (int i = 0; i < 8; ++i) pass();
  EXPECT_EQ(messages(), List({"alloc 1", "add 2", "alloc 1", "del 1", "free 1",
                              std::to_string(static_cast<uint32_t>(Opcode::kPspRotateKey))}));
  EXPECT_EQ(answers_.log, List({"rx 0", "tx 1", "tx 4", "rx 2", "deleted 3", "rotated 6 4"}));
}

TEST_F(PspRequestsTest, AnAnswerTellsHowLongItTook) {
  start(1, 1);
  requests().allocate(kVersion, 0);
  requests().allocate(kVersion, 1);
  pass(3000);
  pass(4000);
  EXPECT_EQ(answers_.took, std::vector<uint64_t>({3000, 7000}));
}

TEST_F(PspRequestsTest, RequestsMayBeMadeInsideAnAnswer) {
  start(1, 1);
  unsigned more = 3;
  answers_.then = [&] {
    if (more > 0) requests().allocate(kVersion, 10 + more--);
  };
  requests().allocate(kVersion, 0);
  for (int i = 0; i < 5; ++i) pass();
  EXPECT_EQ(answers_.log, List({"rx 0", "rx 13", "rx 12", "rx 11"}));
}

TEST_F(PspRequestsTest, WhatIsRefusedIsTold) {
  start(4, 1);
  device_.spis = 2;
  for (unsigned i = 0; i < 4; ++i) requests().allocate(kVersion, i);
  for (int i = 0; i < 3; ++i) pass();
  EXPECT_EQ(answers_.log, List({"rx 0", "rx 1", "rx 2 refused", "rx 3 refused"}));
  EXPECT_TRUE(driver_->anomalies().empty());
  answers_.log.clear();
  device_.refused[Opcode::kPspAddTxSa] = Status::kEnospc;
  device_.refused[Opcode::kPspRotateKey] = Status::kEperm;
  requests().add(request(1), 5);
  requests().rotate(6);
  for (int i = 0; i < 3; ++i) pass();
  EXPECT_EQ(answers_.log[0], "tx 5 refused");
  EXPECT_TRUE(answers_.log[1].ends_with(" refused")) << answers_.log[1];
}

TEST_F(PspRequestsTest, AnSpiThatIsReservedIsRefusedAndReported) {
  start(1, 1);
  device_.answers[Opcode::kPspAllocRxSa] = [](const Request& asked) {
    Answer reply{Status::kSuccess, asked.payload};
    EXPECT_TRUE(idpf::write_element<idpf::PspRxSaList>(reply.payload, 0,
                                                       idpf::PspRxSa{.spi = 0x8000'0000, .key_len = 16}));
    return reply;
  };
  requests().allocate(kVersion, 0);
  pass();
  EXPECT_EQ(answers_.log, List({"rx 0 refused"}));
  EXPECT_FALSE(driver_->anomalies().empty());
}

TEST_F(PspRequestsTest, ASlotThatCannotBeIsRefusedAndReported) {
  start(1, 1);
  for (const auto& [slot, tag] : {std::pair{4096, 0}, {5, 1}}) {
    device_.answers[Opcode::kPspAddTxSa] = [slot, tag](const Request& asked) {
      Answer reply{Status::kSuccess, asked.payload};
      auto sa = asked.element<idpf::PspTxSaList>(0);
      sa.sa_idx = static_cast<uint32_t>(slot);
      sa.sa_tag = static_cast<uint16_t>(sa.sa_tag + tag);
      EXPECT_TRUE(idpf::write_element<idpf::PspTxSaList>(reply.payload, 0, sa));
      return reply;
    };
    requests().add(request(1), 0);
    pass();
  }
  EXPECT_EQ(answers_.log, List({"tx 0 refused", "tx 0 refused"}));
  EXPECT_THAT(driver_->anomalies(),
              ElementsAre(HasSubstr("PSP_ADD_TX_SA: slot 4096 is outside"), HasSubstr("is not the one")));
}

TEST_F(PspRequestsTest, MoreSasThanWereWantedAreRefusedAndReported) {
  start(1, 1);
  device_.answers[Opcode::kPspAllocRxSa] = [](const Request& asked) {
    Answer reply{Status::kSuccess, asked.payload};
    reply.payload.resize(reply.payload.size() + sizeof(idpf::PspRxSa));
    auto list = asked.as<idpf::PspRxSaList>();
    list.num_sa = 2;
    EXPECT_TRUE(idpf::write_at(reply.payload, 0, list));
    return reply;
  };
  requests().allocate(kVersion, 0);
  pass();
  EXPECT_EQ(answers_.log, List({"rx 0 refused"}));
  EXPECT_THAT(driver_->anomalies(), ElementsAre(HasSubstr("gives 2 SAs, 1 were wanted")));
}

TEST_F(PspRequestsTest, AnSpiThatIsNotTakenBackIsReportedUnlessItEndedWithItsKey) {
  start(4, 1);
  const auto answer_frees_with = [this](Status status) {
    device_.answers[Opcode::kPspFreeRxSa] = [status](const Request& asked) {
      Answer reply{Status::kSuccess, asked.payload};
      auto sa = asked.element<idpf::PspRxSaList>(0);
      EXPECT_EQ(sa.generation, 3);
      sa.status = idpf::entry_status(status);
      EXPECT_TRUE(idpf::write_element<idpf::PspRxSaList>(reply.payload, 0, sa));
      return reply;
    };
  };
  answer_frees_with(Status::kPspStaleGeneration);
  requests().free(77, 3);
  pass();
  EXPECT_TRUE(driver_->anomalies().empty());
  answer_frees_with(Status::kEsrch);
  requests().free(77, 3);
  pass();
  EXPECT_THAT(driver_->anomalies(), ElementsAre(HasSubstr("PSP_FREE_RX_SA: entry 0")));
}

TEST_F(PspRequestsTest, VersionsAreNotMixedInAMessage) {
  start(8, 1);
  requests().allocate(kVersion, 0);
  requests().allocate(kVersion, 1);
  requests().allocate(psp::Version::kAesGcm256, 2);
  requests().allocate(kVersion, 3);
  for (int i = 0; i < 5; ++i) pass();
  EXPECT_EQ(messages(), List({"alloc 1", "alloc 1", "alloc 1", "alloc 1"}));
  EXPECT_EQ(answers_.given[2].key.size, 32u);
}

TEST_F(PspRequestsTest, AfterAStopNoAnswerComes) {
  start(1, 2);
  requests().allocate(kVersion, 0);
  requests().allocate(kVersion, 1);
  requests().allocate(kVersion, 2);
  requests().stop();
  pass();
  EXPECT_TRUE(answers_.log.empty());
  EXPECT_EQ(requests().pending(), 0u);
  requests().begin({1, 1}, answers_);
  requests().allocate(kVersion, 3);
  pass();
  EXPECT_EQ(answers_.log, List({"rx 3"}));
}

TEST_F(PspRequestsTest, WhatIsAskedForBeforeTheBeginIsAnError) {
  start_driver();
  for (const KeyMode way : kWays) {
    EXPECT_THROW(requests().add(request(1), 0, way), std::logic_error);
    EXPECT_THROW(requests().remove({5, 9, way}, 1), std::logic_error);
  }
  EXPECT_THROW(requests().allocate(kVersion, 2), std::logic_error);
  EXPECT_THROW(requests().free(123, 0), std::logic_error);
  EXPECT_THROW(requests().rotate(3), std::logic_error);
  pass();
  EXPECT_EQ(requests().pending(), 0u);
}

// Whoever asks cannot know that the function has been reset meanwhile.
TEST_F(PspRequestsTest, WhatIsAskedForAfterAStopIsForgotten) {
  start(1, 1);
  requests().stop();
  for (const KeyMode way : kWays) {
    requests().add(request(1), 0, way);
    requests().remove({5, 9, way}, 1);
  }
  requests().rotate(2);
  EXPECT_EQ(requests().pending(), 0u);
  pass();
  EXPECT_TRUE(messages().empty());
  EXPECT_TRUE(answers_.log.empty());
  EXPECT_TRUE(driver_->anomalies().empty());
}

TEST_F(PspRequestsTest, AnAnswerTellsWhoServedIt) {
  start(1, 1);
  requests().add(request(1), 0, KeyMode::kDescriptor);
  requests().add(request(1), 1);
  pass();
  EXPECT_EQ(answers_.ways, std::vector({KeyMode::kDescriptor, KeyMode::kMailbox}));
  for (const SaHandle& handle : std::vector(answers_.handles)) requests().remove(handle, 2);
  pass();
  EXPECT_EQ(answers_.ways,
            std::vector({KeyMode::kDescriptor, KeyMode::kMailbox, KeyMode::kDescriptor, KeyMode::kMailbox}));
}

TEST_F(PspRequestsTest, NoKeyStaysInTheRings) {
  start(4, 4);
  for (unsigned i = 0; i < 3; ++i) requests().add(request(0xa5), i);
  requests().allocate(kVersion, 9);
  for (int i = 0; i < 3; ++i) pass();
  driver_->on_interrupt(0);
  EXPECT_EQ(device_.count_in_memory(std::vector<uint8_t>(16, 0xa5)), 0u);
  ASSERT_EQ(answers_.given.size(), 1u);
  const auto key = answers_.given[0].key.view();
  EXPECT_EQ(device_.count_in_memory({key.begin(), key.end()}), 0u);
}

// Requests on a mailbox that scripts have filled.
class CrowdedMailbox : public testing::Test, public MailboxEvents, public HostEvents {
 protected:
  static constexpr uint64_t kCookie = 99;
  static constexpr uint64_t kPollPs = 1'000'000;

  CrowdedMailbox() {
    device_.set_events(this);
    mailbox_.start();
    control_.start(0, small_config());
    requests_.begin({1, 1}, answers_);
  }
  ~CrowdedMailbox() override { device_.set_events(nullptr); }
  void on_mailbox_event(std::span<const uint8_t>) override {}
  void on_interrupt(uint32_t) override {}
  void on_timer(uint64_t cookie) override {
    EXPECT_EQ(cookie, kCookie);
    requests_.on_timer();
  }

  FakeDevice device_;
  DriverStats stats_;
  Anomalies anomalies_;
  Mailbox mailbox_{device_, {kPollPs, 1000 * kPollPs}, *this, stats_, anomalies_};
  PspControl control_{mailbox_, anomalies_};
  ConfigQueue config_queue_{device_, mailbox_, control_, anomalies_};
  InlineKeys inline_keys_;
  Answers answers_;
  PspRequests requests_{
      device_, {mailbox_, control_, config_queue_, inline_keys_}, {kPollPs, kCookie}, anomalies_};
};

TEST_F(CrowdedMailbox, WhatFindsNoRoomIsTriedAgain) {
  std::vector<Mailbox::Ticket> others;
  const std::vector<uint8_t> payload(8);
  for (unsigned i = 0; i < 63; ++i) others.push_back(mailbox_.send(Opcode::kLoopback, payload));
  requests_.allocate(kVersion, 7);
  EXPECT_EQ(device_.count_requests(Opcode::kPspAllocRxSa), 0u);
  for (const Mailbox::Ticket ticket : others) mailbox_.wait(ticket);
  EXPECT_EQ(requests_.pending(), 1u);
  for (int i = 0; i < 2; ++i) device_.delay(kPollPs);
  mailbox_.poll();
  EXPECT_EQ(answers_.log, std::vector<std::string>({"rx 7"}));
  EXPECT_EQ(requests_.pending(), 0u);
  EXPECT_TRUE(anomalies_.texts().empty());
}

}  // namespace
}  // namespace pspnic::host::test
