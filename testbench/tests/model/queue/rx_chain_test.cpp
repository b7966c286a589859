// SPDX-License-Identifier: Apache-2.0
// Merged packets and split headers in the buffers of split queues.
#include <gtest/gtest.h>

#include "testbench/tests/model/queue/rx_fixture.h"

namespace pspnic::queue {
namespace {

class RxChainTest : public RxQueuesTest {
 protected:
  // The first packet as given, the others chained to it.
  base::PacketPtr chain(const std::vector<Bytes>& parts) {
    base::PacketPtr first = h_.packet(parts[0]);
    base::Packet* last = first.get();
    for (size_t i = 1; i < parts.size(); ++i) {
      last->next = h_.packet(parts[i]);
      last = last->next.get();
      last->buffered_bytes = static_cast<uint32_t>(100 + i);
    }
    return first;
  }
  static Bytes joined(const std::vector<Bytes>& parts) {
    Bytes all;
    for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  }
  void deliver_split(size_t bytes, uint16_t header_length) {
    idpf::RxCompletion metadata;
    metadata.header_length = header_length;
    deliver(frame(bytes), metadata);
    h_.run();
  }
  Bytes header(uint16_t queue, uint16_t index, size_t bytes) {
    return pspnic::test::to_bytes(h_.memory.at(buffer(queue, index) + kHeaderOffset, bytes));
  }
};

TEST_F(RxChainTest, AChainIsOnePacketOverSeveralBuffers) {
  start();
  post(0, 10);
  post(1, 10);
  const std::vector<Bytes> parts{frame(1500, 1), frame(1400, 2), frame(1400, 3), frame(10, 4)};
  idpf::RxCompletion metadata;
  metadata.rsc = true;
  metadata.raw_csum = 1400;
  queues_.deliver(0, chain(parts), metadata);
  h_.run();
  const Bytes all = joined(parts);
  for (uint16_t i = 0; i < 3; ++i) {
    const size_t begin = i * kLarge;
    const size_t length = std::min<size_t>(kLarge, all.size() - begin);
    const Bytes expected(all.begin() + static_cast<ptrdiff_t>(begin),
                         all.begin() + static_cast<ptrdiff_t>(begin + length));
    EXPECT_EQ(content(0, i, length), expected);
    EXPECT_EQ(completion(i).length, length);
    EXPECT_EQ((completion(i).status1 & idpf::kRxEof) != 0, i == 2);
    EXPECT_EQ(completion(i).rsc, i == 2);
    EXPECT_EQ(completion(i).raw_csum, i == 2 ? 1400 : 0);
  }
  ASSERT_EQ(placement_.placed.size(), 4u) << "a receipt for each packet";
  EXPECT_EQ(placement_.placed[3].buffered_bytes, 103u);
  EXPECT_EQ(h_.pool.in_use(), 0u);
}

TEST_F(RxChainTest, AChainNeverTakesTheSmallBuffers) {
  start();
  post(1, 10);
  queues_.deliver(0, chain({frame(60), frame(20)}), {});
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxNoBuffer, DropReason::kRxNoBuffer}));
  post(0, 1);
  queues_.deliver(0, chain({frame(60), frame(20)}), {});
  h_.run();
  EXPECT_FALSE(completion(0).bufq2);
  EXPECT_EQ(completion(0).length, 80);
}

TEST_F(RxChainTest, LargestMergedPacketIsWhatBuffersAndCompletionsHold) {
  start();
  EXPECT_EQ(queues_.max_merged_bytes(0), 32 * kLarge) << "32 descriptors are read ahead";
  queues_.configure(0, {.ring_address = completions_, .ring_length = 8, .buffer_queue_2 = 1});
  EXPECT_EQ(queues_.max_merged_bytes(0), 8 * kLarge);
}

TEST_F(RxChainTest, HeadersThatFitTheirBufferAreSplitOff) {
  start(9000, 100);
  post(0, 10);
  post(1, 10);
  deliver_split(200, 100);
  EXPECT_TRUE(completion(0).sph);
  EXPECT_EQ(completion(0).header_length, 100);
  EXPECT_EQ(completion(0).length, 100);
  Bytes both = header(1, 0, 100);
  const Bytes rest = content(1, 0, 100);
  both.insert(both.end(), rest.begin(), rest.end());
  EXPECT_EQ(both, frame(200));
  deliver_split(200, 101);
  EXPECT_FALSE(completion(1).sph);
  EXPECT_NE(completion(1).status1 & idpf::kRxHbo, 0);
  EXPECT_EQ(completion(1).header_length, 0);
  EXPECT_EQ(content(1, 1, 200), frame(200)) << "one byte too many: all in the packet's buffer";
  deliver_split(200, 0);
  EXPECT_FALSE(completion(2).sph);
  EXPECT_EQ(completion(2).status1 & idpf::kRxHbo, 0);
  EXPECT_EQ(placement_.placed.size(), 3u);
}

TEST_F(RxChainTest, WhichBufferIsDecidedByThePayload) {
  start(9000, 100);
  post(0, 10);
  post(1, 10);
  deliver_split(kSmall + 100, 100);
  deliver_split(kSmall + 101, 100);
  EXPECT_TRUE(completion(0).bufq2);
  EXPECT_EQ(completion(0).length, kSmall);
  EXPECT_FALSE(completion(1).bufq2);
  EXPECT_EQ(completion(1).length, kSmall + 1);
}

TEST_F(RxChainTest, APacketOfHeadersAloneTakesAnEmptyBuffer) {
  start(9000, 100);
  post(1, 10);
  deliver_split(60, 60);
  EXPECT_EQ(completion(0).length, 0);
  EXPECT_EQ(completion(0).header_length, 60);
  EXPECT_NE(completion(0).status1 & idpf::kRxEof, 0);
  EXPECT_EQ(header(1, 0, 60), frame(60));
  EXPECT_EQ(h_.pool.in_use(), 0u);
}

TEST_F(RxChainTest, OnlyTheFirstCompletionSpeaksOfHeaders) {
  start(9000, 100);
  post(0, 10);
  deliver_split(100 + kLarge + 1, 100);
  EXPECT_TRUE(completion(0).sph);
  EXPECT_EQ(completion(0).length, kLarge);
  EXPECT_FALSE(completion(1).sph);
  EXPECT_EQ(completion(1).header_length, 0);
  EXPECT_EQ(completion(1).length, 1);
}

TEST_F(RxChainTest, AHeaderBufferOutsideHostMemoryIsAFault) {
  start(9000, 100);
  idpf::RxBufferDescriptor{.packet_address = buffer(1, 0),
                           .header_address = pspnic::test::FlatMemory::kUnmapped}
      .encode(std::span<uint8_t, 32>(h_.memory.at(ring_[1], 32)));
  post(1, 4);
  deliver_split(200, 100);
  ASSERT_EQ(h_.memory.faults.size(), 1u);
  EXPECT_EQ(h_.memory.faults[0].requester.kind, pcie::Requester::Kind::kHeaderBuffer);
  EXPECT_EQ(h_.memory.faults[0].requester.queue, 1u);
}

}  // namespace
}  // namespace pspnic::queue
