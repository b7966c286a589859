// SPDX-License-Identifier: Apache-2.0
// Single receive queues: buffers from the queue's own ring, completions written over them.
#include "model/idpf/rx_single.h"

#include <gtest/gtest.h>

#include <numeric>

#include "model/queue/rx_queues.h"
#include "testbench/tests/model/harness.h"
#include "testbench/tests/model/queue/rx_placement.h"

namespace pspnic::queue {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::FlatMemory;

constexpr uint16_t kRing = 64;
constexpr uint32_t kBuffer = 512;  // bytes
constexpr uint16_t kQueue = 1;     // queue 0 is a split one

class RxSingleTest : public testing::Test {
 protected:
  RxSingleTest() {
    queues_.set_placement(&placement_);
    for (uint16_t i = 0; i < kRing; ++i) post_buffer(i, buffer(i));
  }
  uint64_t buffer(uint16_t index) const { return pool_ + index * kBuffer; }
  void post_buffer(uint16_t index, uint64_t address) {
    idpf::SingleRxBuffer{.packet_address = address}.encode(
        std::span<uint8_t, 16>(h_.memory.at(ring_ + index * 32u, 16)));
  }
  void start() {
    queues_.configure(kQueue, {.ring_address = ring_,
                               .ring_length = kRing,
                               .max_packet_bytes = 4000,
                               .model = idpf::QueueModel::kSingle,
                               .buffer_bytes = kBuffer});
    queues_.enable(kQueue, true);
  }
  void post(uint32_t tail) {
    queues_.write_tail(kQueue, tail);
    h_.run();
  }
  static Bytes frame(size_t bytes, unsigned seed = 1) {
    Bytes frame(bytes);
    std::iota(frame.begin(), frame.end(), static_cast<uint8_t>(seed));
    return frame;
  }
  void deliver(const Bytes& bytes, const idpf::RxCompletion& metadata = {}) {
    queues_.deliver(kQueue, h_.packet(bytes), metadata);
    h_.run();
  }
  idpf::SingleRxFlex written(uint16_t index) {
    return idpf::SingleRxFlex::decode(std::span<const uint8_t, 32>(h_.memory.at(ring_ + index * 32u, 32)));
  }
  bool done(uint16_t index) { return (written(index).status0 & idpf::kSingleDd) != 0; }
  Bytes content(uint16_t index, size_t bytes) {
    return pspnic::test::to_bytes(h_.memory.at(buffer(index), bytes));
  }

  pspnic::test::Harness h_;
  Placement placement_;
  uint64_t ring_ = h_.memory.allocate(kRing * 32);
  uint64_t pool_ = h_.memory.allocate(kRing * kBuffer);
  RxQueues queues_{h_.root, {8, 16}, 2, 4, {h_.events, h_.dma, h_.interrupts, h_.violations}};
};

TEST_F(RxSingleTest, TheCompletionTakesItsBuffersPlace) {
  start();
  post(10);
  idpf::RxCompletion metadata;
  metadata.ptype = 26;
  metadata.hash = 0x11223344;
  metadata.status0 = idpf::kRxRssValid;
  metadata.status1 = idpf::kRxL3l4p | idpf::kRxL4e;
  metadata.psp_status = idpf::PspRxStatus::kOk;
  deliver(frame(100), metadata);
  deliver(frame(kBuffer, 2));
  EXPECT_EQ(content(0, 100), frame(100));
  EXPECT_EQ(content(1, kBuffer), frame(kBuffer, 2));
  EXPECT_EQ(written(0).length, 100);
  EXPECT_EQ(written(0).ptype, 26);
  EXPECT_EQ(written(0).hash, 0x11223344u);
  EXPECT_EQ(written(0).status0, idpf::kSingleDd | idpf::kSingleEof | idpf::kSingleL3l4p | idpf::kSingleL4e |
                                    idpf::kSingleRssValid);
  EXPECT_EQ(written(0).status1, idpf::kSingleCrypto);
  EXPECT_EQ(written(1).status0, idpf::kSingleDd | idpf::kSingleEof);
  EXPECT_EQ(written(1).status1, 0);
  EXPECT_FALSE(done(2));
}

TEST_F(RxSingleTest, TheWriteBackIsVisibleBehindTheData) {
  start();
  post(4);
  h_.memory.writes.clear();
  deliver(frame(100));
  ASSERT_EQ(h_.memory.writes.size(), 2u);
  EXPECT_EQ(h_.memory.writes[0].address, buffer(0));
  EXPECT_EQ(h_.memory.writes[1].address, ring_);
  EXPECT_EQ(h_.memory.writes[1].length, 32u) << "as a whole";
}

TEST_F(RxSingleTest, ARingOfNHoldsNLessOneBuffers) {
  start();
  post(kRing - 1);
  for (unsigned i = 0; i < kRing + 5u; ++i) deliver(frame(60, i));
  EXPECT_EQ(placement_.placed.size(), kRing - 1u);
  EXPECT_EQ(placement_.refused, std::vector<DropReason>(6, DropReason::kRxNoBuffer));
  EXPECT_FALSE(done(kRing - 1)) << "the descriptor at the tail is the driver's";
  for (uint16_t i = 0; i < kRing - 1; ++i) EXPECT_EQ(content(i, 60), frame(60, i));
  // One buffer more.
  post_buffer(0, buffer(0));
  post(0);
  deliver(frame(60, 99));
  EXPECT_EQ(content(kRing - 1, 60), frame(60, 99));
  deliver(frame(60));
  EXPECT_EQ(placement_.refused.size(), 7u);
}

TEST_F(RxSingleTest, TurnsManyTimesWithoutLoss) {
  start();
  uint16_t tail = kRing - 1;
  post(tail);
  for (unsigned n = 0; n < 10u * kRing; ++n) {
    const auto index = static_cast<uint16_t>(n % kRing);
    deliver(frame(60 + n % 400, n));
    ASSERT_TRUE(done(index)) << n;
    ASSERT_EQ(content(index, 60 + n % 400), frame(60 + n % 400, n)) << n;
    idpf::SingleRxFlex{}.encode(std::span<uint8_t, 32>(h_.memory.at(ring_ + index * 32u, 32)));
    post_buffer(index, buffer(index));
    if (n % 7 == 6) post(tail = static_cast<uint16_t>((tail + 7) % kRing));
  }
  EXPECT_TRUE(placement_.refused.empty());
}

TEST_F(RxSingleTest, ALargePacketTakesSeveralDescriptorsAndEndsWithEof) {
  start();
  post(20);
  idpf::RxCompletion metadata;
  metadata.hash = 7;
  const Bytes bytes = frame(2 * kBuffer + 1);
  deliver(bytes, metadata);
  for (uint16_t i = 0; i < 3; ++i) {
    const size_t length = i < 2 ? kBuffer : 1;
    EXPECT_EQ(written(i).length, length);
    EXPECT_EQ(written(i).status0, i < 2 ? idpf::kSingleDd : idpf::kSingleDd | idpf::kSingleEof);
    EXPECT_EQ(written(i).hash, i < 2 ? 0u : 7u);
    const auto from = bytes.begin() + i * ptrdiff_t{kBuffer};
    EXPECT_EQ(content(i, length), Bytes(from, from + static_cast<ptrdiff_t>(length)));
  }
}

TEST_F(RxSingleTest, ThePacketWaitsForDescriptorsOnTheirWay) {
  start();
  queues_.write_tail(kQueue, 4);
  queues_.deliver(kQueue, h_.packet(frame(60)), {});
  EXPECT_TRUE(placement_.placed.empty());
  h_.run();
  EXPECT_EQ(placement_.placed.size(), 1u);
  EXPECT_TRUE(done(0));
}

TEST_F(RxSingleTest, TheTailMayComeBeforeTheConfiguration) {
  queues_.write_tail(kQueue, 8);
  EXPECT_EQ(queues_.read_tail(kQueue), 8u);
  start();
  h_.run();
  deliver(frame(60));
  EXPECT_TRUE(done(0));
  queues_.enable(kQueue, false);
  EXPECT_EQ(queues_.read_tail(kQueue), 0u);
  start();
  h_.run();
  deliver(frame(60));
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxNoBuffer}))
      << "a tail from before is forgotten";
}

TEST_F(RxSingleTest, DisablingWithReadsUnderWay) {
  start();
  queues_.write_tail(kQueue, 12);
  queues_.deliver(kQueue, h_.packet(frame(60)), {});
  queues_.enable(kQueue, false);
  EXPECT_TRUE(queues_.reading(kQueue));
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxQueueDisabled}));
  h_.run();
  EXPECT_FALSE(queues_.reading(kQueue));
  EXPECT_FALSE(done(0));
}

TEST_F(RxSingleTest, HostileTailsRingsAndBuffersStopTheQueue) {
  start();
  post(kRing);
  EXPECT_EQ(h_.violations.count(), 1u);
  EXPECT_NE(h_.violations.first()[0].place().find("rx queue 1"), std::string::npos);
  deliver(frame(60));
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxNoBuffer}));

  queues_.reset();
  queues_.configure(kQueue, {.ring_address = FlatMemory::kUnmapped,
                             .ring_length = kRing,
                             .model = idpf::QueueModel::kSingle,
                             .buffer_bytes = kBuffer});
  queues_.enable(kQueue, true);
  post(4);
  EXPECT_EQ(h_.violations.count(), 2u);
  deliver(frame(60));
  EXPECT_EQ(placement_.refused.size(), 2u);

  queues_.reset();
  post_buffer(0, FlatMemory::kUnmapped);
  start();
  post(4);
  deliver(frame(60));
  ASSERT_EQ(h_.memory.faults.size(), 1u);
  EXPECT_EQ(h_.memory.faults[0].requester.kind, pcie::Requester::Kind::kBufferQueue);
  queues_.violate_buffers(h_.memory.faults[0].requester.queue, base::DriverRule::kBufferUnmapped, "pkt_addr",
                          "");
  EXPECT_NE(h_.violations.first()[2].place().find("rx queue 1"), std::string::npos);
  deliver(frame(60));
  EXPECT_EQ(placement_.refused.size(), 3u);
}

TEST_F(RxSingleTest, ASplitQueueHasNoTailOfItsOwn) {
  queues_.configure(0,
                    {.ring_address = ring_, .ring_length = kRing, .buffer_queue_1 = 0, .buffer_queue_2 = 1});
  queues_.write_tail(0, 5);
  EXPECT_EQ(h_.violations.count(), 0u) << "it is not in use yet";
  queues_.enable(0, true);
  queues_.write_tail(0, 5);
  EXPECT_EQ(h_.violations.count(), 1u);
}

TEST_F(RxSingleTest, TheQueueHasItsInterrupt) {
  start();
  queues_.map_vector(kQueue, 2, idpf::kItrNoUpdate);
  h_.arm(2);
  post(4);
  EXPECT_FALSE(h_.interrupted(2));
  deliver(frame(60));
  EXPECT_TRUE(h_.interrupted(2));
}

}  // namespace
}  // namespace pspnic::queue
