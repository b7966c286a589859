// SPDX-License-Identifier: Apache-2.0
// Transmit completions of all kinds, full and wrapping rings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>

#include "testbench/tests/testbench/host/tx_fixture.h"

namespace pspnic::host::test {
namespace {

using idpf::TxCompletionType;
using testing::ElementsAre;

TEST_F(TxQueueTest, OutOfOrderCompletionsFreeByTag) {
  std::map<uint16_t, uint64_t> cookie_of_tag;
  for (uint64_t cookie = 0; cookie < 4; ++cookie) {
    ASSERT_TRUE(send(tcp_frame(cookie), cookie));
    driver_->flush(0);
    EXPECT_TRUE(cookie_of_tag.emplace(tag(device_.fetch_tx(0).at(0)), cookie).second) << "tags are unique";
  }
  std::vector<std::pair<unsigned, uint64_t>> expected;
  for (auto entry = cookie_of_tag.rbegin(); entry != cookie_of_tag.rend(); ++entry) {
    complete(TxCompletionType::kRs, entry->first);
    expected.emplace_back(0, entry->second);
  }
  poll();
  EXPECT_EQ(stack_.sent, expected);
  EXPECT_EQ(driver_->stats().tx_completed, 4u);
  EXPECT_EQ(driver_->stats().tx_completed_out_of_order, 3u);
  EXPECT_EQ(driver_->stats().tx_bad_completions, 0u);
}

TEST_F(TxQueueTest, ReportEventAfter64Descriptors) {
  std::vector<size_t> with_re;
  for (size_t i = 0; i < 127; ++i) {
    ASSERT_TRUE(send(tcp_frame(0)));
    driver_->flush(0);
    if ((device_.fetch_tx(0).at(0)[8] & 0x80) != 0) with_re.push_back(i);
  }
  EXPECT_THAT(with_re, ElementsAre(64));
  EXPECT_FALSE(send(tcp_frame(0))) << "127 of 128 descriptors are in use";
  EXPECT_EQ(driver_->transmit_room(0), 0u);
  complete(TxCompletionType::kRe, 64);
  poll();
  EXPECT_EQ(driver_->transmit_room(0), 1u) << "64 descriptors are free but only one slot";
  EXPECT_EQ(stack_.rooms, 1u);
}

TEST_F(TxQueueTest, FullRingAndWrapForManyRounds) {
  uint64_t cookie = 0, done = 0;
  std::deque<uint16_t> tags;
  uint32_t head = 0;
  for (int round = 0; round < 200; ++round) {
    while (send(tcp_frame(round % 40), cookie)) ++cookie;
    driver_->flush(0);
    bool re_seen = false;
    uint32_t re_head = 0;
    for (const Bytes& bytes : device_.fetch_tx(0)) {
      head = (head + 1) % kRing;
      tags.push_back(tag(bytes));
      if ((bytes[8] & 0x80) != 0) {
        re_seen = true;
        re_head = head / 32 * 32;
      }
    }
    if (re_seen) complete(TxCompletionType::kRe, static_cast<uint16_t>(re_head));
    for (; tags.size() > 3; ++done) {
      complete(TxCompletionType::kRs, tags.front());
      tags.pop_front();
    }
    poll();
  }
  EXPECT_GT(cookie, 8000u) << "the ring has turned many times";
  ASSERT_EQ(stack_.sent.size(), done);
  for (uint64_t i = 0; i < done; ++i) ASSERT_EQ(stack_.sent[i].second, i);
  EXPECT_EQ(driver_->stats().tx_ring_full, 200u);
  EXPECT_EQ(driver_->stats().tx_bad_completions, 0u);
}

TEST_F(TxQueueTest, TransmitRoomIsKept) {
  EXPECT_EQ(driver_->transmit_room(0), (kRing - 1) / 2u) << "a context each";
  EXPECT_EQ(driver_->transmit_room(0, true), FakeDevice::kTsoSlots);
  const Bytes frame = tcp_frame(60'000);
  TxFrame tx;
  tx.bytes = frame;
  tx.tso_mss = 1000;
  for (unsigned room = driver_->transmit_room(0, true); room > 0; --room)
    EXPECT_TRUE(driver_->transmit(0, tx));
  EXPECT_FALSE(driver_->transmit(0, tx));
  EXPECT_EQ(driver_->transmit_room(0, true), 0u);
  tx = {};
  const Bytes small = tcp_frame(0);
  tx.bytes = small;
  tx.sa = SaHandle{1, 0};
  const unsigned room = driver_->transmit_room(0);
  EXPECT_GT(room, 0u);
  for (unsigned i = 0; i < room; ++i) EXPECT_TRUE(driver_->transmit(0, tx));
}

TEST_F(TxQueueTest, BadCompletionsAreCountedAndHarmless) {
  ASSERT_TRUE(send(tcp_frame(0), 5));
  driver_->flush(0);
  const uint16_t good = tag(device_.fetch_tx(0).at(0));
  complete(TxCompletionType::kRs, static_cast<uint16_t>(good + 1));  // not in flight
  complete(TxCompletionType::kRs, 0xffff);                           // no such slot
  complete(TxCompletionType::kRe, 32);                               // beyond what was posted
  complete(TxCompletionType::kRe, 1);                                // no multiple of 32
  complete(TxCompletionType::kRe, 4096);                             // outside the ring
  complete(TxCompletionType::kReinjected, good);
  device_.complete_tx(0, TxCompletionType::kRs, good, 1);  // another queue
  complete(TxCompletionType::kRs, good);
  complete(TxCompletionType::kRs, good);  // twice
  poll();
  EXPECT_THAT(stack_.sent, ElementsAre(std::pair(0u, uint64_t{5})));
  EXPECT_EQ(driver_->stats().tx_bad_completions, 8u);
  EXPECT_EQ(driver_->anomalies().size(), 8u);
}

TEST_F(TxQueueTest, CompletionRingWraps) {
  for (uint64_t i = 0; i < 1000; ++i) {
    ASSERT_TRUE(send(tcp_frame(0), i));
    driver_->flush(0);
    const auto descriptors = device_.fetch_tx(0);
    complete(TxCompletionType::kRs, tag(descriptors.at(0)));
    if ((descriptors[0][8] & 0x80) != 0) {
      complete(TxCompletionType::kRe, static_cast<uint16_t>((i + 1) % kRing / 32 * 32));
    }
    poll();
    ASSERT_EQ(stack_.sent.size(), i + 1);
  }
  EXPECT_EQ(driver_->stats().tx_bad_completions, 0u);
}

}  // namespace
}  // namespace pspnic::host::test
