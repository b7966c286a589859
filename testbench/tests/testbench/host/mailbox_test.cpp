// SPDX-License-Identifier: Apache-2.0
// The mailbox rings alone: descriptors as written, matching of replies, ring wrap.
#include "testbench/host/mailbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/idpf/registers.h"
#include "model/net/bytes.h"
#include "testbench/tests/testbench/host/fake_device.h"

namespace pspnic::host::test {
namespace {

using idpf::Opcode;
using testing::HasSubstr;

class MailboxTest : public testing::Test, public MailboxEvents {
 protected:
  MailboxTest() : mailbox_(device_, {1'000'000, 10'000'000'000}, *this, stats_, anomalies_) {
    mailbox_.start();
  }
  void on_mailbox_event(std::span<const uint8_t> payload) override {
    events_.emplace_back(payload.begin(), payload.end());
  }
  std::string call_error(Opcode opcode) {
    try {
      mailbox_.call(opcode, std::span<const uint8_t>(payload_));
    } catch (const DriverError& error) {
      return error.what();
    }
    return "no error";
  }
  uint64_t ring_address() {
    return uint64_t{*device_.last_write(idpf::pf::kAtqbah)} << 32 | *device_.last_write(idpf::pf::kAtqbal);
  }

  FakeDevice device_;
  DriverStats stats_;
  Anomalies anomalies_;
  std::vector<std::vector<uint8_t>> events_;
  std::vector<uint8_t> payload_{1, 2, 3, 4, 5, 6, 7, 8};
  Mailbox mailbox_;
};

TEST_F(MailboxTest, RequestDescriptorByteByByte) {
  device_.silent.insert(Opcode::kVersion);
  mailbox_.send(Opcode::kVersion, payload_);
  // Reclaimed only with the next look, so the descriptor is still there, with what the device added to its
  // flags.
  const auto bytes = device_.memory(ring_address(), 32);
  EXPECT_EQ(net::load_le16(&bytes[0]), 0x1403);
  EXPECT_EQ(net::load_le16(&bytes[2]), 0x0801);
  EXPECT_EQ(net::load_le16(&bytes[4]), 8);
  EXPECT_EQ(net::load_le16(&bytes[6]), 0);
  EXPECT_EQ(net::load_le32(&bytes[8]), 1u);
  EXPECT_EQ(net::load_le32(&bytes[12]), 0u);
  EXPECT_EQ(net::load_le32(&bytes[16]), 0u);
  EXPECT_EQ(net::load_le16(&bytes[20]), 0x0100) << "salt 1, index 0";
  const uint64_t address = uint64_t{net::load_le32(&bytes[24])} << 32 | net::load_le32(&bytes[28]);
  const auto buffer = device_.memory(address, payload_.size());
  EXPECT_TRUE(std::equal(buffer.begin(), buffer.end(), payload_.begin()));
}

TEST_F(MailboxTest, PostedReceiveDescriptor) {
  const uint64_t ring =
      uint64_t{*device_.last_write(idpf::pf::kArqbah)} << 32 | *device_.last_write(idpf::pf::kArqbal);
  const auto descriptor = idpf::MailboxDescriptor::decode(device_.memory(ring + 62 * 32, 32).first<32>());
  EXPECT_EQ(descriptor.flags, 0x1400);
  EXPECT_EQ(descriptor.opcode, idpf::MailboxOpcode::kNone);
  EXPECT_EQ(descriptor.datalen, 4096);
  EXPECT_NE(descriptor.address, 0u);
  const auto last = device_.memory(ring + 63 * 32, 32);
  EXPECT_TRUE(std::all_of(last.begin(), last.end(), [](uint8_t byte) { return byte == 0; }));
}

TEST_F(MailboxTest, RingsWrapAndTheReceiveTailMovesByOne) {
  for (int i = 0; i < 200; ++i) {
    payload_[0] = static_cast<uint8_t>(i);
    const MailboxReply reply = mailbox_.call(Opcode::kLoopback, std::span<const uint8_t>(payload_));
    EXPECT_EQ(reply.payload, payload_);
    EXPECT_EQ(device_.last_write(idpf::pf::kArqt), static_cast<uint32_t>((i + 64) % 64));
    EXPECT_EQ(device_.last_write(idpf::pf::kAtqt), static_cast<uint32_t>((i + 1) % 64));
  }
  EXPECT_EQ(stats_.mailbox_requests, 200u);
  EXPECT_TRUE(anomalies_.texts().empty());
}

TEST_F(MailboxTest, RepliesInAnyOrder) {
  device_.silent = {Opcode::kVersion, Opcode::kGetCaps};
  const auto first = mailbox_.send(Opcode::kVersion, payload_);
  const auto second = mailbox_.send(Opcode::kGetCaps, payload_);
  device_.send(Opcode::kGetCaps, std::vector<uint8_t>{2}, 0x0201);
  device_.send(Opcode::kVersion, std::vector<uint8_t>{1}, 0x0100);
  EXPECT_EQ(mailbox_.wait(first).payload, std::vector<uint8_t>{1});
  EXPECT_EQ(mailbox_.wait(second).payload, std::vector<uint8_t>{2});
}

TEST_F(MailboxTest, WhatIsForgottenFreesItsTransactionWithTheReply) {
  device_.silent.insert(Opcode::kGetCaps);
  for (int round = 0; round < 100; ++round) {
    const auto there = mailbox_.send(Opcode::kLoopback, payload_);
    device_.delay(1000);
    mailbox_.poll();
    mailbox_.forget(there);
    const auto missing = mailbox_.send(Opcode::kGetCaps, payload_);
    EXPECT_EQ(missing, there) << "free again";
    mailbox_.forget(missing);
    const auto other = mailbox_.send(Opcode::kGetCaps, payload_);
    EXPECT_NE(other, missing) << "its reply is still to come";
    const auto salt = static_cast<uint8_t>(3 * round + 2);
    device_.send(Opcode::kGetCaps, payload_, static_cast<uint16_t>(salt << 8 | missing));
    device_.send(Opcode::kGetCaps, payload_, static_cast<uint16_t>((salt + 1) % 256 << 8 | other));
    EXPECT_EQ(mailbox_.wait(other).payload, payload_);
  }
  EXPECT_TRUE(anomalies_.texts().empty());
}

TEST_F(MailboxTest, WrongSaltOrIndexIsDropped) {
  device_.silent.insert(Opcode::kVersion);
  const auto ticket = mailbox_.send(Opcode::kVersion, payload_);
  device_.send(Opcode::kVersion, std::vector<uint8_t>{9}, 0x0500);  // salt
  device_.send(Opcode::kVersion, std::vector<uint8_t>{9}, 0x0107);  // index of nobody
  device_.send(Opcode::kVersion, std::vector<uint8_t>{9}, 0x01ff);  // index out of range
  device_.send(Opcode::kVersion, std::vector<uint8_t>{1}, 0x0100);
  EXPECT_EQ(mailbox_.wait(ticket).payload, std::vector<uint8_t>{1});
  ASSERT_EQ(anomalies_.texts().size(), 3u);
  EXPECT_THAT(anomalies_.texts()[0], HasSubstr("salt"));
  EXPECT_THAT(anomalies_.texts()[1], HasSubstr("nobody"));
  EXPECT_THAT(anomalies_.texts()[2], HasSubstr("no such transaction"));
}

TEST_F(MailboxTest, OtherOpcodeFailsTheTransaction) {
  device_.silent.insert(Opcode::kVersion);
  const auto ticket = mailbox_.send(Opcode::kVersion, payload_);
  device_.send(Opcode::kGetCaps, std::vector<uint8_t>{1}, 0x0100);
  EXPECT_EQ(mailbox_.wait(ticket).status, idpf::Status::kEinval);
}

TEST_F(MailboxTest, DuplicateReplyIsDropped) {
  mailbox_.call(Opcode::kVersion, std::span<const uint8_t>(payload_));
  device_.send(Opcode::kVersion, payload_, 0x0100);
  mailbox_.poll();
  EXPECT_EQ(anomalies_.texts().size(), 1u);
}

TEST_F(MailboxTest, LateReplyAfterTimeOutIsDropped) {
  device_.silent.insert(Opcode::kVersion);
  EXPECT_THAT(call_error(Opcode::kVersion), HasSubstr("VERSION (1): no reply within 10 ms"));
  device_.send(Opcode::kVersion, payload_, 0x0100);
  device_.silent.clear();
  const MailboxReply reply = mailbox_.call(Opcode::kVersion, std::span<const uint8_t>(payload_));
  EXPECT_EQ(reply.payload, payload_);
  EXPECT_EQ(anomalies_.texts().size(), 1u);
}

TEST_F(MailboxTest, MalformedRepliesAreNamed) {
  const auto error_with = [&](auto spoil) {
    device_.spoil_reply = spoil;
    call_error(Opcode::kVersion);
    return anomalies_.texts().back();
  };
  EXPECT_THAT(error_with([](auto& d) { d.flags |= idpf::kMbxFlagErr; }), HasSubstr("ERR"));
  EXPECT_THAT(error_with([](auto& d) { d.opcode = idpf::MailboxOpcode::kSendToVf; }), HasSubstr("0x0804"));
  EXPECT_THAT(error_with([](auto& d) { d.datalen = 4097; }), HasSubstr("4096"));
  EXPECT_THAT(error_with([](auto& d) { d.datalen = 0; }), HasSubstr("no payload"));
}

TEST_F(MailboxTest, EventsAreNotMatched) {
  device_.silent.insert(Opcode::kVersion);
  const auto ticket = mailbox_.send(Opcode::kVersion, payload_);
  device_.send_event(idpf::EventCode::kLinkChange);
  device_.send(Opcode::kVersion, std::vector<uint8_t>{1}, 0x0100);
  EXPECT_EQ(mailbox_.wait(ticket).payload, std::vector<uint8_t>{1});
  ASSERT_EQ(events_.size(), 1u);
  EXPECT_EQ(events_[0].size(), sizeof(idpf::Event));
  EXPECT_EQ(stats_.mailbox_events, 1u);
}

TEST_F(MailboxTest, BuffersAreWipedAfterUse) {
  const std::vector<uint8_t> secret(64, 0xa5);
  for (size_t page = 0; page < 4; ++page) {
    // The buffers follow the rings: 64 for requests, 64 for replies.
    const auto buffer = device_.memory(ring_address() + 8192 + page * 32 * 4096, 64);
    EXPECT_EQ(std::count(buffer.begin(), buffer.end(), 0xa5), 0);
  }
}

TEST_F(MailboxTest, TooLongForABuffer) {
  const std::vector<uint8_t> payload(4097);
  EXPECT_THROW(mailbox_.send(Opcode::kLoopback, payload), DriverError);
}

}  // namespace
}  // namespace pspnic::host::test
