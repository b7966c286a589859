// SPDX-License-Identifier: Apache-2.0
// Transmit SAs that come and go while rings are full.
#include <gtest/gtest.h>

#include "model/tx/fetcher.h"
#include "testbench/tests/model/tx/reference_segments.h"
#include "testbench/tests/model/tx/tx_bench.h"

namespace pspnic::tx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::TcpFlow;
using pspnic::test::Time;
using pspnic::test::tso_template;
using pspnic::test::TxBench;

// A driver that deletes and adds SAs at random while its ring is full. Each packet on the wire was sealed
// with the key that its descriptor meant: R37, R38, R41.
class Churn : public testing::Test, private crypto::SaListener {
 protected:
  static constexpr uint32_t kSlots = 6;
  struct Slot {
    uint16_t tag = 0;
    bool live = false;
    bool erasing = false;
  };

  Churn() { bench_.sas.set_listener(this); }
  void on_sa_released(uint32_t index, Time sealed) override {
    bench_.events.schedule(sealed, base::Callback::to<&Churn::on_sealed>(*this), index);
  }
  void on_sealed(uint64_t index) { end_erase(static_cast<uint32_t>(index)); }
  void end_erase(uint32_t index) {
    bench_.sas.wipe(index);
    slots_[index].erasing = false;
  }

  static psp::SessionKey key_of(uint16_t tag) {
    Bytes key(16, 0xc3);
    net::store_be16(key.data(), tag);
    return psp::SessionKey(key);
  }
  void add(uint32_t index) {
    Slot& slot = slots_[index];
    if (slot.live || slot.erasing) return;
    slot.tag = ++last_tag_;
    slot.live = true;
    ASSERT_TRUE(bench_.sas.write(index, {flow_.spi, psp::Version::kAesGcm128, slot.tag, key_of(slot.tag)},
                                 bench_.events.now()));
  }
  void remove(uint32_t index) {
    Slot& slot = slots_[index];
    if (!slot.live) return;
    slot.live = false;
    const Time wiped = bench_.sas.close(index, bench_.events.now());
    slot.erasing = wiped != 0;
    if (wiped != 0 && wiped != base::kNever) on_sa_released(index, wiped);
  }
  // A packet whose payload names the tag that its driver believes in.
  void send(uint16_t queue, uint32_t index, uint16_t tag, uint16_t completion_tag) {
    Bytes payload(64);
    net::store_be16(payload.data() + 60, tag);
    net::store_be16(payload.data() + 62, completion_tag);
    bench_.put(queue, queue::test::encode(queue::test::psp(index, tag)));
    bench_.put_frame(queue, tso_template(flow_, payload), completion_tag);
  }
  // Slot 0 is deleted as soon as one of its packets has been fetched.
  void send_and_remove(uint16_t packets) {
    add(0);
    for (uint16_t i = 0; i < packets; ++i) send(0, 0, slots_[0].tag, i);
    bench_.ring(0);
    while (bench_.fetcher.frames() == 0) bench_.run_for(1'000);
    remove(0);
  }
  // Every frame opens with the key that its payload names.
  void check_wire() {
    for (const auto& frame : bench_.port.frames) {
      bool found = false;
      for (uint16_t tag = 1; tag <= last_tag_ && !found; ++tag) {
        Bytes copy = frame.bytes;
        if (!psp::open(bench_.aead, key_of(tag), std::span(copy).subspan(flow_.psp_offset()))) continue;
        found = true;
        EXPECT_EQ(net::load_be16(&copy[copy.size() - 20]), tag) << "sealed with another owner's key";
      }
      EXPECT_TRUE(found) << "in clear, or under a key that never was";
    }
  }

  TcpFlow flow_ = [] {
    TcpFlow flow;
    flow.psp = true;
    flow.version = 0;
    return flow;
  }();
  TxBench bench_;
  std::array<Slot, kSlots> slots_;
  uint16_t last_tag_ = 0;
};

TEST_F(Churn, R38_DeleteWithTheRingFullThenAddTheSameIndex) {
  add(2);
  const uint16_t first = slots_[2].tag;
  for (uint16_t i = 0; i < 60; ++i) send(0, 2, first, i);
  bench_.ring(0);
  bench_.run_for(1'200'000);  // some fetched, some not
  remove(2);
  ASSERT_TRUE(slots_[2].erasing) << "packets in flight need it";
  EXPECT_EQ(bench_.sas.acquire(2, first), nullptr);
  while (slots_[2].erasing) bench_.run_for(1'000);
  const uint64_t sealed = bench_.pipeline.stats().psp_packets.value();
  add(2);
  for (uint16_t i = 60; i < 63; ++i) send(0, 2, slots_[2].tag, i);
  bench_.ring(0);
  bench_.run();
  EXPECT_LE(sealed, 60u);
  check_wire();
  std::vector<uint16_t> all(63);
  for (uint16_t i = 0; i < 63; ++i) all[i] = i;
  EXPECT_EQ(bench_.tags(0), all) << "dropped ones are reported as well";
  EXPECT_EQ(bench_.port.frames.size() + bench_.drop(DropReason::kTxNoSa), 63u);
  EXPECT_EQ(bench_.pipeline.book(0).psp_bad_sa, bench_.drop(DropReason::kTxNoSa));
}

TEST_F(Churn, WhatHasBeenFetchedIsStillSealed) {
  send_and_remove(10);
  bench_.run();
  EXPECT_EQ(bench_.port.frames.size(), 10u);
  EXPECT_FALSE(slots_[0].erasing);
  EXPECT_TRUE(bench_.sas.empty(0));
}

TEST_F(Churn, AQueueThatIsDisabledLetsGo) {
  send_and_remove(40);
  struct Drained {
    void on_drained(uint64_t) {}
  } drained;
  bench_.queues.disable(0, base::Callback::to<&Drained::on_drained>(drained));
  bench_.run();
  EXPECT_FALSE(slots_[0].erasing);
}

// R37: random indexes and tags, deleted and never installed.
TEST_F(Churn, R37_RandomIndexesSendNothing) {
  std::mt19937 random(4);
  for (uint16_t i = 0; i < 50; ++i) {
    send(i % 2, random() % 3 == 0 ? 0xffffffu : static_cast<uint32_t>(random() % 40),
         static_cast<uint16_t>(random()), i);
  }
  bench_.ring(0);
  bench_.ring(1);
  bench_.run();
  EXPECT_TRUE(bench_.port.frames.empty());
  EXPECT_EQ(bench_.pipeline.book(0).psp_bad_sa, 50u);
  EXPECT_EQ(bench_.tags(0).size() + bench_.tags(1).size(), 50u);
}

TEST_F(Churn, RandomInterleavings) {
  std::mt19937 random(8);
  uint16_t sent = 0;
  size_t reported = 0;
  for (unsigned round = 0; round < 400; ++round) {
    for (unsigned step = random() % 8; step > 0; --step) {
      const uint32_t index = static_cast<uint32_t>(random() % kSlots);
      switch (random() % 12) {
        case 0:
          remove(index);
          break;
        case 1:
        case 2:
          add(index);
          break;
        default:
          // Mostly what is there; now and then an owner of long ago.
          if (slots_[index].tag != 0) {
            const bool stale = random() % 5 == 0 && slots_[index].tag > 1;
            send(static_cast<uint16_t>(random() % 2), index,
                 static_cast<uint16_t>(slots_[index].tag - (stale ? 1 : 0)), sent++);
          }
      }
    }
    bench_.ring(0);
    bench_.ring(1);
    bench_.run_for(random() % 1'500'000);
    reported += bench_.tags(0).size() + bench_.tags(1).size();
  }
  bench_.run();
  reported += bench_.tags(0).size() + bench_.tags(1).size();
  check_wire();
  EXPECT_GT(bench_.port.frames.size(), 200u);
  EXPECT_GT(bench_.drop(DropReason::kTxNoSa), 20u);
  EXPECT_EQ(bench_.port.frames.size() + bench_.drop(DropReason::kTxNoSa), sent);
  EXPECT_EQ(reported, sent);
  for (const Slot& slot : slots_) EXPECT_FALSE(slot.erasing);
}

}  // namespace
}  // namespace pspnic::tx
