// SPDX-License-Identifier: Apache-2.0
#include "model/control/mailbox.h"

#include <algorithm>

#include "testbench/tests/model/control/mailbox_bench.h"

namespace pspnic::control {
namespace {

using idpf::MailboxDescriptor;
using idpf::Register;
using pspnic::test::Bytes;
using pspnic::test::MailboxBench;

class MailboxTest : public testing::Test {
 protected:
  static Bytes payload(size_t bytes, uint8_t seed) {
    Bytes content(bytes);
    for (size_t i = 0; i < bytes; ++i) content[i] = static_cast<uint8_t>(seed + i);
    return content;
  }
  MailboxBench bench_;
};

TEST_F(MailboxTest, ARequestIsReadAndAcknowledged) {
  bench_.set_up_transmit();
  const MailboxDescriptor sent = bench_.put_request(0, payload(100, 3), 0x1234);
  bench_.write(Register::kAtqt, 1);
  bench_.run();
  ASSERT_EQ(bench_.requests.size(), 1u);
  EXPECT_EQ(bench_.requests[0].payload, payload(100, 3));
  EXPECT_EQ(bench_.requests[0].descriptor, sent);
  MailboxDescriptor expected = sent;
  expected.flags |= idpf::kMbxFlagDd | idpf::kMbxFlagCmp;
  EXPECT_EQ(bench_.get(bench_.atq, 0), expected) << "nothing else changes";
  EXPECT_EQ(bench_.mailbox.read(Register::kAtqh), 1u);
  EXPECT_EQ(bench_.mailbox.read(Register::kAtqt), 1u);
}

TEST_F(MailboxTest, TheAcknowledgementDoesNotWaitForTheAnswer) {
  bench_.set_up_transmit();
  for (uint16_t i = 0; i < 63; ++i) bench_.put_request(i, payload(64, static_cast<uint8_t>(i)), i);
  bench_.write(Register::kAtqt, 63);
  bench_.run();
  ASSERT_EQ(bench_.requests.size(), 63u);
  for (uint16_t i = 0; i < 63; ++i) {
    EXPECT_TRUE(bench_.done(bench_.atq, i)) << i;
    EXPECT_EQ(bench_.requests[i].descriptor.sw_cookie, i);
    EXPECT_EQ(bench_.requests[i].payload, payload(64, static_cast<uint8_t>(i)));
  }
}

TEST_F(MailboxTest, ThePayloadIsCopiedBeforeDdIsVisible) {
  bench_.set_up_transmit();
  bench_.put_request(0, payload(4096, 3));
  bench_.write(Register::kAtqt, 1);
  // The driver uses the buffer again as soon as it sees DD.
  while (!bench_.done(bench_.atq, 0)) {
    bench_.run_for(10'000);
    bench_.dma.settle();
  }
  std::ranges::fill(bench_.memory.at(bench_.request_buffer(0), 4096), uint8_t{0xee});
  bench_.run();
  ASSERT_EQ(bench_.requests.size(), 1u);
  EXPECT_EQ(bench_.requests[0].payload, payload(4096, 3));
}

TEST_F(MailboxTest, GoesRoundTheRing) {
  bench_.set_up_transmit();
  for (uint16_t i = 0; i < 200; ++i) {
    const uint16_t slot = i % MailboxBench::kRing;
    bench_.put(bench_.atq, slot, {});
    bench_.put_request(slot, payload(8, static_cast<uint8_t>(i)), i);
    bench_.write(Register::kAtqt, (slot + 1u) % MailboxBench::kRing);
    bench_.run();
    ASSERT_EQ(bench_.requests.size(), i + 1u);
    ASSERT_TRUE(bench_.done(bench_.atq, slot));
  }
}

TEST_F(MailboxTest, WithoutPayloadTheAddressIsNotLookedAt) {
  bench_.set_up_transmit();
  MailboxDescriptor request = bench_.put_request(0, {}, 7);
  request.address = 0xffff'8881'2345'6789;  // what Linux leaves there
  bench_.put(bench_.atq, 0, request);
  request.flags = idpf::kMbxFlagsRequest;  // a buffer of no bytes
  bench_.put(bench_.atq, 1, request);
  request.flags = 0;  // bytes without a buffer
  request.datalen = 50;
  bench_.put(bench_.atq, 2, request);
  bench_.write(Register::kAtqt, 3);
  bench_.run();
  ASSERT_EQ(bench_.requests.size(), 3u);
  for (const firmware::MailboxMessage& each : bench_.requests) {
    EXPECT_TRUE(each.payload.empty());
    EXPECT_EQ(each.descriptor.address, 0xffff'8881'2345'6789u);
  }
  EXPECT_EQ(bench_.violations.count(), 0u);
}

TEST_F(MailboxTest, TooLongOrUnreachablePayloadsComeAsNone) {
  bench_.set_up_transmit();
  MailboxDescriptor request = bench_.put_request(0, payload(4096, 1));
  bench_.put_request(1, Bytes(4097, 1));
  request.address = pspnic::test::FlatMemory::kUnmapped;
  bench_.put(bench_.atq, 2, request);
  bench_.put_request(3, payload(10, 1));
  bench_.write(Register::kAtqt, 4);
  bench_.run();
  ASSERT_EQ(bench_.requests.size(), 4u);
  EXPECT_EQ(bench_.requests[0].payload.size(), 4096u);
  EXPECT_TRUE(bench_.requests[1].payload.empty());
  EXPECT_TRUE(bench_.requests[2].payload.empty());
  EXPECT_EQ(bench_.requests[3].payload.size(), 10u);
  ASSERT_EQ(bench_.violations.count(), 2u);
  EXPECT_EQ(bench_.violations.first()[0].field, "datalen");
  EXPECT_NE(bench_.violations.first()[0].place().find("ATQ, descriptor 1"), std::string::npos);
  EXPECT_EQ(bench_.violations.first()[1].field, "addr");
  for (uint16_t i = 0; i < 4; ++i) EXPECT_TRUE(bench_.done(bench_.atq, i));
}

TEST_F(MailboxTest, APoisonedRequestIsNotCarriedOut) {
  bench_.set_up_transmit();
  bench_.put_request(0, payload(10, 1));
  pspnic::test::BadReads poison(pcie::ReadFor::kMailbox);
  bench_.dma.set_fault_source(&poison);
  bench_.write(Register::kAtqt, 1);
  bench_.run();
  EXPECT_EQ(poison.reads, 1u);
  EXPECT_TRUE(bench_.requests.empty());
  ASSERT_EQ(bench_.violations.count(), 1u);
  EXPECT_NE(std::string(base::info(bench_.violations.first()[0].rule).text).find("poisoned"),
            std::string::npos);
}

TEST_F(MailboxTest, AMessageGoesIntoThePostedBuffer) {
  bench_.set_up_receive();
  bench_.arm(0);
  bench_.send(payload(100, 9), 0x55);
  bench_.run();
  const MailboxDescriptor seen = bench_.get(bench_.arq, 0);
  EXPECT_EQ(seen.flags, idpf::kMbxFlagsReply);
  EXPECT_EQ(seen.opcode, idpf::MailboxOpcode::kSendToPeerDriver);
  EXPECT_EQ(seen.datalen, 100);
  EXPECT_EQ(seen.sw_cookie, 0x55);
  EXPECT_EQ(bench_.reply_payload(0, 100), payload(100, 9));
  EXPECT_TRUE(bench_.interrupted(0));
  EXPECT_EQ(bench_.mailbox.read(Register::kArqh), 1u);
}

TEST_F(MailboxTest, ThePayloadIsVisibleBeforeTheDescriptor) {
  bench_.set_up_receive();
  bench_.memory.writes.clear();
  bench_.send(payload(4096, 9));
  bench_.run();
  ASSERT_EQ(bench_.memory.writes.size(), 2u);
  EXPECT_EQ(bench_.memory.writes[0].length, 4096u);
  EXPECT_EQ(bench_.memory.writes[1].address, bench_.arq);
}

TEST_F(MailboxTest, WithoutBuffersMessagesWaitAndGoOnWithTheNextTail) {
  bench_.set_up_receive(2);
  for (uint16_t i = 0; i < 5; ++i) bench_.send(payload(10, static_cast<uint8_t>(i)), i);
  bench_.run();
  EXPECT_TRUE(bench_.done(bench_.arq, 1));
  EXPECT_FALSE(bench_.done(bench_.arq, 2));
  bench_.write(Register::kArqt, 3);
  bench_.run();
  EXPECT_TRUE(bench_.done(bench_.arq, 2));
  EXPECT_FALSE(bench_.done(bench_.arq, 3));
  bench_.write(Register::kArqt, 10);
  bench_.run();
  for (uint16_t i = 0; i < 5; ++i) {
    EXPECT_EQ(bench_.get(bench_.arq, i).sw_cookie, i);
    EXPECT_EQ(bench_.reply_payload(i, 10), payload(10, static_cast<uint8_t>(i)));
  }
  EXPECT_FALSE(bench_.done(bench_.arq, 5));
}

TEST_F(MailboxTest, MessagesSentBeforeTheRingIsSetUpWait) {
  bench_.send(payload(10, 1));
  bench_.run();
  EXPECT_TRUE(bench_.memory.writes.empty());
  bench_.set_up_receive();
  bench_.run();
  EXPECT_TRUE(bench_.done(bench_.arq, 0));
}

TEST_F(MailboxTest, AnsweringFromTheListenerWorks) {
  bench_.set_up_transmit();
  bench_.set_up_receive();
  bench_.when_requested = [&](const firmware::MailboxMessage& request) {
    bench_.send(request.payload, request.descriptor.sw_cookie);
  };
  for (uint16_t i = 0; i < 40; ++i) bench_.put_request(i, payload(20, static_cast<uint8_t>(i)), i);
  bench_.write(Register::kAtqt, 40);
  bench_.run();
  for (uint16_t i = 0; i < 40; ++i) {
    EXPECT_EQ(bench_.get(bench_.arq, i).sw_cookie, i);
    EXPECT_EQ(bench_.reply_payload(i, 20), payload(20, static_cast<uint8_t>(i)));
  }
}

// Sixty requests with payload at once; the answer is how long they take.
pspnic::test::Time send_sixty(MailboxBench& bench) {
  bench.set_up_transmit();
  for (uint16_t i = 0; i < 60; ++i) bench.put_request(i, Bytes(100, static_cast<uint8_t>(i + 1)), i);
  pspnic::test::Time last = 0;
  bench.when_requested = [&](const firmware::MailboxMessage&) { last = bench.events.now(); };
  bench.write(Register::kAtqt, 60);
  bench.run();
  EXPECT_EQ(bench.requests.size(), 60u);
  for (uint16_t i = 0; i < bench.requests.size(); ++i) {
    EXPECT_EQ(bench.requests[i].descriptor.sw_cookie, i);
    EXPECT_EQ(bench.requests[i].payload, Bytes(100, static_cast<uint8_t>(i + 1)));
  }
  return last;
}

TEST(MailboxBursts, DescriptorsAreReadTogetherAndPayloadsSideBySide) {
  MailboxBench bench({.burst = 8, .outstanding = 16});
  EXPECT_LT(send_sixty(bench), 12 * pcie::LinkParams{}.round_trip.ps);
  EXPECT_EQ(bench.reads.count, 60u + 8u) << "60 descriptors in bursts of eight";
}

TEST(MailboxBursts, OneAtATimeTakesTwoRoundTripsEach) {
  MailboxBench bench({.burst = 1, .outstanding = 1});
  EXPECT_GE(send_sixty(bench), 120 * pcie::LinkParams{}.round_trip.ps);
  EXPECT_EQ(bench.reads.count, 60u + 60u);
}

TEST(MailboxBursts, NoBurstPassesTheEndOfTheRing) {
  MailboxBench bench({.burst = 8, .outstanding = 16});
  bench.set_up_transmit();
  for (uint16_t i = 0; i < 60; ++i) bench.put_request(i, {}, i);
  bench.write(Register::kAtqt, 60);
  bench.run();
  for (uint16_t i = 60; i < 70; ++i) bench.put_request(i % 64, Bytes(8, 1), i);
  bench.write(Register::kAtqt, 6);
  bench.run();
  ASSERT_EQ(bench.requests.size(), 70u);
  for (uint16_t i = 0; i < 70; ++i) EXPECT_EQ(bench.requests[i].descriptor.sw_cookie, i);
  EXPECT_EQ(bench.mailbox.read(Register::kAtqh), 6u);
}

TEST(MailboxBursts, AcknowledgedInOrderThoughSomeNeedNoRead) {
  MailboxBench bench({.burst = 8, .outstanding = 16});
  bench.set_up_transmit();
  for (uint16_t i = 0; i < 16; ++i) {
    bench.put_request(i, i % 3 == 0 ? Bytes(4096, 1) : Bytes{}, i);
  }
  std::vector<uint16_t> order;
  bench.when_requested = [&](const firmware::MailboxMessage& request) {
    order.push_back(request.descriptor.sw_cookie);
  };
  bench.write(Register::kAtqt, 16);
  bench.run();
  ASSERT_EQ(order.size(), 16u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(MailboxBursts, WhatCameBeforeABadTailIsCarriedOut) {
  MailboxBench bench;
  bench.set_up_transmit();
  for (uint16_t i = 0; i < 4; ++i) bench.put_request(i, Bytes(20, 1), i);
  bench.write(Register::kAtqt, 4);
  bench.write(Register::kAtqt, 900);
  bench.run();
  EXPECT_EQ(bench.requests.size(), 4u);
  ASSERT_EQ(bench.violations.count(), 1u);
  EXPECT_EQ(bench.violations.first()[0].field, "tail");
}

TEST(MailboxBursts, MessagesShareAReadOfPostedBuffers) {
  MailboxBench bench({.burst = 8, .outstanding = 16});
  bench.set_up_receive();
  for (uint16_t i = 0; i < 33; ++i) bench.send(Bytes(10, 1), i);
  bench.run();
  EXPECT_EQ(bench.reads.count, 1u + 4u) << "the first at once, then by eight";
  for (uint16_t i = 0; i < 33; ++i) EXPECT_EQ(bench.get(bench.arq, i).sw_cookie, i);
}

// Answers that its listener owes count like those that wait for buffers.
class Owing : public MailboxBench {
 public:
  size_t owed = 0;
  size_t unanswered() const override { return owed; }
};

class MailboxBound : public testing::TestWithParam<size_t> {};

TEST_P(MailboxBound, NoMoreRequestsAreTakenThanAnswersMayWait) {
  Owing bench;
  bench.set_up_transmit();
  for (size_t i = 0; i < GetParam(); ++i) bench.send(Bytes(16));  // no buffers are posted
  for (uint16_t i = 0; i < 4; ++i) bench.put_request(i, Bytes(16));
  bench.owed = Mailbox::kMaxWaiting - GetParam();
  bench.write(Register::kAtqt, 4);
  bench.run();
  EXPECT_EQ(bench.requests.size(), 0u);
  bench.when_requested = [&](const firmware::MailboxMessage&) { ++bench.owed; };
  bench.owed -= 1;
  bench.mailbox.resume();
  bench.run();
  EXPECT_EQ(bench.requests.size(), 1u) << "room for one";
  bench.owed -= 3;
  bench.mailbox.resume();
  bench.run();
  EXPECT_EQ(bench.requests.size(), 4u);
}

INSTANTIATE_TEST_SUITE_P(AnswersThatWaitForBuffers, MailboxBound, testing::Values(0, 1, 100));

// Nobody else says so when the driver has posted a buffer at last.
TEST(MailboxOwing, ABufferForAnAnswerMakesRoomForARequest) {
  Owing bench;
  bench.set_up_transmit();
  bench.send(Bytes(16));
  bench.owed = Mailbox::kMaxWaiting - 1;
  bench.put_request(0, Bytes(16));
  bench.write(Register::kAtqt, 1);
  bench.run();
  ASSERT_EQ(bench.requests.size(), 0u);
  bench.set_up_receive();
  bench.run();
  EXPECT_EQ(bench.requests.size(), 1u);
}

}  // namespace
}  // namespace pspnic::control
