// SPDX-License-Identifier: Apache-2.0
#include "model/queue/descriptor_ring.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/harness.h"

namespace pspnic::queue {
namespace {

constexpr uint16_t kRing = 32;
constexpr uint32_t kBytes = 8;
constexpr unsigned kFetch = 4;
constexpr unsigned kCache = 10;  // no multiple of a fetch, so that fetches end at its end too

class DescriptorRingTest : public testing::Test {
 protected:
  DescriptorRingTest() {
    for (uint16_t i = 0; i < kRing; ++i) h_.memory.at(memory_ + i * kBytes, 1)[0] = static_cast<uint8_t>(i);
    ring_.configure(memory_, kRing, reader_);
  }
  void on_read(uint64_t number, pcie::DmaStatus) {
    EXPECT_EQ(number, 7u);
    ring_.arrived();
  }
  void post(uint32_t tail, bool in_part = false) {
    ring_.set_tail(tail);
    fetch(in_part);
  }
  void fetch(bool in_part = false) {
    while (ring_.fetch(reader_, 7, in_part)) {
    }
  }
  std::vector<unsigned> take_all() {
    std::vector<unsigned> values;
    while (ring_.has_descriptor()) {
      const DescriptorRing::Taken taken = ring_.take(reader_);
      EXPECT_EQ(taken.bytes.size(), kBytes);
      EXPECT_EQ(taken.index, taken.bytes[0]) << "the index is the descriptor's place in the ring";
      values.push_back(taken.index);
      ring_.release(1);
    }
    return values;
  }

  test::Harness h_;
  base::Counter fetches_{h_.root, "fetches", "read", "Batches"};
  base::Counter descriptors_{h_.root, "descriptors", "descriptor", "Descriptors"};
  uint64_t memory_ = h_.memory.allocate(4096);
  DescriptorRing ring_;
  DescriptorRing::Reader reader_{.dma = h_.dma,
                                 .kind = pcie::Requester::Kind::kTxQueue,
                                 .done = pcie::ReadCallback::to<&DescriptorRingTest::on_read>(*this),
                                 .descriptor_bytes = kBytes,
                                 .fetch_descriptors = kFetch,
                                 .cache_descriptors = kCache,
                                 .fetches = fetches_,
                                 .descriptors = descriptors_};
};

TEST_F(DescriptorRingTest, ReadsInBatchesUpToTheTail) {
  post(6);
  EXPECT_EQ(ring_.reading(), 6u);
  EXPECT_EQ(ring_.cached(), 0u);
  EXPECT_EQ(ring_.posted(), 6u);
  h_.run();
  EXPECT_EQ(fetches_.value(), 2u) << "four and two";
  EXPECT_EQ(take_all(), (std::vector<unsigned>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(ring_.posted(), 0u);
}

TEST_F(DescriptorRingTest, WhatTheCacheDoesNotHoldWaits) {
  post(kRing - 1);
  h_.run();
  EXPECT_EQ(ring_.cached(), kCache) << "four, four, and two up to the cache's end";
  EXPECT_EQ(ring_.posted(), kRing - 1u);
  ring_.take(reader_);
  EXPECT_FALSE(ring_.fetch(reader_, 7, true)) << "taken, but not released";
  ring_.release(1);
  EXPECT_FALSE(ring_.fetch(reader_, 7)) << "no small fetch";
  EXPECT_TRUE(ring_.fetch(reader_, 7, true)) << "but for who waits for it";
  EXPECT_EQ(ring_.reading(), 1u);
  EXPECT_EQ(ring_.held(), kCache);
}

TEST_F(DescriptorRingTest, TurnsManyTimes) {
  uint32_t tail = 0;
  unsigned next = 0;
  for (unsigned round = 0; round < 200; ++round) {
    tail = (tail + 1 + round % (kRing - 1)) % kRing;
    post(tail);
    do {
      h_.run();
      for (const unsigned value : take_all()) EXPECT_EQ(value, next++ % kRing);
      fetch();
    } while (ring_.posted() > 0);
    EXPECT_EQ(next % kRing, tail);
  }
}

TEST_F(DescriptorRingTest, ATailOutsideIsKeptButNotFollowed) {
  post(kRing);
  EXPECT_FALSE(ring_.tail_valid());
  EXPECT_EQ(ring_.reading(), 0u);
  EXPECT_EQ(ring_.posted(), 0u);
  post(0x10001);  // would be 1 if it were cut to 16 bits
  EXPECT_EQ(ring_.tail(), 0x10001u);
  EXPECT_EQ(ring_.reading(), 0u);
}

TEST_F(DescriptorRingTest, ConfigurationStartsAnewAndKeepsTheTail) {
  post(5);
  h_.run();
  take_all();
  ring_.set_tail(9);
  ring_.configure(memory_, kRing, reader_);
  EXPECT_EQ(ring_.tail(), 9u);
  fetch();
  h_.run();
  EXPECT_EQ(take_all().front(), 0u);
}

TEST_F(DescriptorRingTest, ARingNeverConfiguredHasNoValidTail) {
  DescriptorRing ring;
  EXPECT_FALSE(ring.tail_valid());
  ring.set_tail(3);
  EXPECT_FALSE(ring.fetch(reader_, 7));
  EXPECT_EQ(ring.posted(), 0u);
}

}  // namespace
}  // namespace pspnic::queue
