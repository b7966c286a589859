// SPDX-License-Identifier: Apache-2.0
#include "model/nic/registers.h"

#include <gtest/gtest.h>

#include <random>

#include "testbench/tests/model/harness.h"

namespace pspnic::nic {
namespace {

namespace pf = idpf::pf;

struct Resets : ResetTarget {
  int count = 0;
  void begin_reset() override { ++count; }
};
struct Listener : control::MailboxListener {
  void on_request(firmware::MailboxMessage) override {}
};

class RegistersTest : public testing::Test {
 protected:
  static constexpr uint16_t kTxQueues = 2;
  static constexpr uint16_t kRxQueues = 2;
  static constexpr uint16_t kBufferQueues = 4;

  RegistersTest() {
    registers_.connect({&mailbox_, &h_.interrupts, &tx_queues_, &rx_queues_, nullptr, &resets_,
                        Share{.queues = kTxQueues, .vports = 1, .vectors = test::Harness::kVectors}});
  }
  void expect_violation(uint32_t offset, const std::string& rule) {
    const uint64_t before = h_.violations.count();
    registers_.write_register(offset, 1);
    ASSERT_EQ(h_.violations.count(), before + 1) << idpf::register_text(offset);
    const base::Violation& seen = h_.violations.first().back();
    const std::string text = base::info(seen.rule).text;
    EXPECT_NE(text.find(rule), std::string::npos) << text;
    EXPECT_NE(seen.place().find(idpf::register_text(offset)), std::string::npos) << seen.place();
  }

  test::Harness h_;
  Listener listener_;
  Resets resets_;
  control::Mailbox mailbox_{
      h_.root, {}, {h_.events, h_.dma, h_.pool, h_.interrupts, h_.violations, listener_}};
  queue::TxQueues tx_queues_{h_.root, {}, kTxQueues, {h_.events, h_.dma, h_.violations}};
  queue::RxQueues rx_queues_{
      h_.root, {}, kRxQueues, kBufferQueues, {h_.events, h_.dma, h_.interrupts, h_.violations}};
  Registers registers_{h_.events, h_.violations};
};

TEST_F(RegistersTest, MailboxRegistersReadBack) {
  for (uint32_t offset = pf::kArqbal; offset <= pf::kAtqt; offset += 4) {
    registers_.write_register(offset, offset & 0x1f);
    EXPECT_EQ(registers_.read_register(offset), offset & 0x1f);
  }
}

TEST_F(RegistersTest, VectorsAndIntervals) {
  registers_.write_register(pf::glint_itr(1, 3), 0x123);
  EXPECT_EQ(registers_.read_register(pf::glint_itr(1, 3)), 0x123u);
  EXPECT_EQ(registers_.read_register(pf::glint_itr(0, 3)), 0u);
  registers_.write_register(pf::glint_dyn_ctl(2), 0x19);
  EXPECT_EQ(registers_.read_register(pf::glint_dyn_ctl(2)) & 1, 1u);
  h_.interrupts.cause(2, idpf::kItrNoUpdate);
  EXPECT_EQ(registers_.read_register(pf::glint_dyn_ctl(2)) & 1, 0u) << "firing clears it";
  EXPECT_EQ(registers_.read_register(pf::glint_dyn_ctl(test::Harness::kVectors)), 0u);
  expect_violation(pf::glint_dyn_ctl(test::Harness::kVectors), "vector does not exist");
  expect_violation(pf::glint_itr(2, test::Harness::kVectors), "vector does not exist");
}

TEST_F(RegistersTest, Tails) {
  registers_.write_register(pf::tx_tail(1), 17);
  EXPECT_EQ(registers_.read_register(pf::tx_tail(1)), 17u);
  EXPECT_EQ(registers_.read_register(pf::tx_tail(0)), 0u);
  registers_.write_register(pf::rx_buf_tail(3), 255);
  EXPECT_EQ(registers_.read_register(pf::rx_buf_tail(3)), 255u);
  EXPECT_EQ(h_.violations.count(), 0u);
  EXPECT_EQ(registers_.read_register(pf::tx_tail(kTxQueues)), 0u);
  EXPECT_EQ(registers_.read_register(pf::rx_buf_tail(kBufferQueues)), 0u);
  expect_violation(pf::tx_tail(kTxQueues), "transmit queue does not exist");
  expect_violation(pf::rx_buf_tail(kBufferQueues), "buffer queue does not exist");
  registers_.write_register(pf::rx_tail(1), 511);
  EXPECT_EQ(registers_.read_register(pf::rx_tail(1)), 511u);
  EXPECT_EQ(registers_.read_register(pf::rx_tail(kRxQueues)), 0u);
  expect_violation(pf::rx_tail(kRxQueues), "receive queue does not exist");
}

TEST_F(RegistersTest, WhatIsNotThereReadsZeroAndMayNotBeWritten) {
  EXPECT_EQ(registers_.read_register(0x0bad0000), 0u);
  expect_violation(0x0bad0000, "no register");
  expect_violation(pf::kSecondaryMailboxBase, "secondary mailbox");
}

TEST_F(RegistersTest, AProbingDriverSeesThatThisIsNoVirtualFunction) {
  registers_.write_register(idpf::kVfProbeOffset, idpf::kVfProbeValue);
  EXPECT_NE(registers_.read_register(idpf::kVfProbeOffset), idpf::kVfProbeValue);
}

TEST_F(RegistersTest, ResetIsAskedForByRegister) {
  registers_.write_register(pf::kPfgenCtrl, 0);
  EXPECT_EQ(resets_.count, 0);
  registers_.write_register(pf::kPfgenCtrl, idpf::kPfSwr);
  EXPECT_EQ(resets_.count, 1);
  registers_.write_register(pf::kPfgenRtrig, idpf::kRtrigLinkr);
  EXPECT_EQ(resets_.count, 1);
  registers_.write_register(pf::kPfgenRtrig, idpf::kRtrigCorer);
  EXPECT_EQ(resets_.count, 2);
}

TEST_F(RegistersTest, ResetStatusCannotBeWritten) {
  EXPECT_EQ(registers_.read_register(pf::kPfgenRstat), idpf::kRstatCompleted);
  registers_.set_reset_status(idpf::kRstatActive);
  registers_.write_register(pf::kPfgenRstat, 0);
  EXPECT_EQ(registers_.read_register(pf::kPfgenRstat), idpf::kRstatActive);
}

TEST_F(RegistersTest, InResetOnlyAFurtherResetIsTaken) {
  registers_.set_reset_status(idpf::kRstatInProgress);
  registers_.write_register(pf::kAtqlen, 64);
  registers_.write_register(pf::tx_tail(0), 5);
  EXPECT_EQ(registers_.read_register(pf::kAtqlen), 0u);
  EXPECT_EQ(registers_.read_register(pf::tx_tail(0)), 0u);
  registers_.write_register(pf::kPfgenCtrl, idpf::kPfSwr);
  EXPECT_EQ(resets_.count, 1);
}

TEST_F(RegistersTest, CausesAreEnabledAndForgottenByReset) {
  registers_.write_register(pf::kOicrEna, 0xffffffff);
  EXPECT_EQ(registers_.read_register(pf::kOicrEna), 0xffffffffu);
  registers_.reset();
  EXPECT_EQ(registers_.read_register(pf::kOicrEna), 0u);
}

TEST_F(RegistersTest, TheClocksHalvesBelongTogether) {
  const test::Time when = (uint64_t{7} << 32) * base::kNs + 123'456'789;
  h_.at(when, [&] { registers_.write_register(pf::kTsyncCmdSync, 1); });
  h_.run();
  EXPECT_EQ(registers_.read_register(pf::kTsyncShtimeL), 123'456u);
  EXPECT_EQ(registers_.read_register(pf::kTsyncShtimeH), 7u);
}

TEST_F(RegistersTest, AnyOffsetCanBeReadAndWritten) {
  std::mt19937 random(3);
  for (int i = 0; i < 20000; ++i) {
    const auto offset = static_cast<uint32_t>(random() % pf::kBar0Bytes) & ~3u;
    registers_.read_register(offset);
    registers_.write_register(offset, static_cast<uint32_t>(random()));
  }
  EXPECT_GT(h_.violations.count(), 1000u);
  EXPECT_EQ(h_.violations.first().size(), 100u);
  h_.run();
}

}  // namespace
}  // namespace pspnic::nic
