// SPDX-License-Identifier: Apache-2.0
#include "model/queue/rx_queues.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/queue/rx_fixture.h"

namespace pspnic::queue {
namespace {
TEST_F(RxQueuesTest, APacketThatFitsTheSmallBufferGoesThere) {
  start();
  post(0, 10);
  post(1, 10);
  deliver(frame(kSmall));
  deliver(frame(kSmall + 1, 9));
  h_.run();
  EXPECT_EQ(content(1, 0, kSmall), frame(kSmall));
  EXPECT_EQ(content(0, 0, kSmall + 1), frame(kSmall + 1, 9));
  EXPECT_TRUE(completion(0).bufq2);
  EXPECT_EQ(completion(0).buf_id, 0x2000);
  EXPECT_EQ(completion(0).length, kSmall);
  EXPECT_EQ(completion(0).status1 & (idpf::kRxDd | idpf::kRxEof), idpf::kRxDd | idpf::kRxEof);
  EXPECT_FALSE(completion(1).bufq2);
  EXPECT_EQ(completion(1).buf_id, 0x1000);
  EXPECT_EQ(completion(1).length, kSmall + 1);
  ASSERT_EQ(placement_.placed.size(), 2u);
  EXPECT_EQ(placement_.placed[0].bytes, kSmall);
}

TEST_F(RxQueuesTest, NoFallingBackFromOneQueueToTheOther) {
  start();
  post(0, 10);
  deliver(frame(60));
  post(1, 10);
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxNoBuffer}));
  queues_.reset();
  start();
  post(1, 10);
  deliver(frame(kSmall + 1));
  h_.run();
  EXPECT_EQ(placement_.refused.size(), 2u);
  EXPECT_TRUE(placement_.placed.empty());
}

TEST_F(RxQueuesTest, ALargePacketTakesSeveralBuffersAndEndsWithEof) {
  start();
  post(0, 10);
  idpf::RxCompletion metadata;
  metadata.hash = 0x11223344;
  metadata.psp_status = idpf::PspRxStatus::kOk;
  const Bytes bytes = frame(2 * kLarge + 1);
  deliver(bytes, metadata);
  h_.run();
  for (uint16_t i = 0; i < 3; ++i) {
    const idpf::RxCompletion seen = completion(i);
    const size_t length = i < 2 ? kLarge : 1;
    EXPECT_EQ(seen.length, length);
    EXPECT_EQ(seen.buf_id, 0x1000 + i);
    EXPECT_TRUE(seen.generation);
    EXPECT_EQ((seen.status1 & idpf::kRxEof) != 0, i == 2);
    EXPECT_EQ(seen.hash, i == 2 ? 0x11223344u : 0u);
    const Bytes part(bytes.begin() + i * kLarge, bytes.begin() + static_cast<ptrdiff_t>(i * kLarge + length));
    EXPECT_EQ(content(0, i, length), part);
  }
  EXPECT_EQ(placement_.placed.size(), 1u);
  deliver(frame(2 * kLarge));
  h_.run();
  EXPECT_NE(completion(4).status1 & idpf::kRxEof, 0) << "an exact multiple takes no empty buffer";
}

TEST_F(RxQueuesTest, DescriptorIsVisibleAfterItsData) {
  start();
  post(1, 4);
  h_.memory.writes.clear();
  deliver(frame(100));
  h_.run();
  ASSERT_EQ(h_.memory.writes.size(), 2u);
  EXPECT_EQ(h_.memory.writes[0].address, buffer(1, 0));
  EXPECT_EQ(h_.memory.writes[1].address, completions_);
  EXPECT_LE(h_.memory.writes[0].when, h_.memory.writes[1].when);
}

TEST_F(RxQueuesTest, BuffersAreUsedInRingOrderAndGenerationTurnsWithTheRing) {
  start();
  uint16_t tail = 32;
  post(1, tail);
  for (uint32_t n = 0; n < 3 * kRing; ++n) {
    deliver(frame(60, n));
    h_.run();
    const idpf::RxCompletion seen = completion(n % kRing);
    ASSERT_EQ(seen.buf_id, 0x2000 + n % kBuffers) << n;
    ASSERT_EQ(seen.generation, n / kRing % 2 == 0) << n;
    ASSERT_EQ(content(1, static_cast<uint16_t>(n % kBuffers), 60), frame(60, n)) << n;
    tail = static_cast<uint16_t>((tail + 1) % kBuffers);
    post(1, tail);
  }
  EXPECT_TRUE(placement_.refused.empty());
}

TEST_F(RxQueuesTest, PacketsWaitForDescriptorsOnTheirWayAndKeepTheirOrder) {
  start();
  queues_.write_buffer_tail(0, 4);
  queues_.write_buffer_tail(1, 4);
  deliver(frame(kSmall + 1, 1));
  deliver(frame(60, 2));
  deliver(frame(61, 3));
  EXPECT_TRUE(placement_.placed.empty());
  h_.run();
  ASSERT_EQ(placement_.placed.size(), 3u);
  EXPECT_EQ(completion(0).length, kSmall + 1);
  EXPECT_EQ(completion(1).length, 60);
  EXPECT_EQ(completion(2).length, 61);
}

TEST_F(RxQueuesTest, NothingPostedIsADrop) {
  start();
  deliver(frame(60));
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxNoBuffer}));
  post(1, 2);
  for (int i = 0; i < 3; ++i) deliver(frame(60));
  h_.run();
  EXPECT_EQ(placement_.placed.size(), 2u);
  EXPECT_EQ(placement_.refused.size(), 2u);
}

TEST_F(RxQueuesTest, ADropIsMadeWhenTheBuffersOnTheirWayDoNotSuffice) {
  start();
  queues_.write_buffer_tail(0, 2);
  deliver(frame(2 * kLarge + 1));
  EXPECT_EQ(placement_.refused.size(), 1u);
  deliver(frame(2 * kLarge));
  h_.run();
  EXPECT_EQ(placement_.placed.size(), 1u);
}

TEST_F(RxQueuesTest, TailsWrittenBeforeConfigurationCount) {
  queues_.write_buffer_tail(1, 3);
  start();
  h_.run();
  for (int i = 0; i < 4; ++i) deliver(frame(60));
  h_.run();
  EXPECT_EQ(placement_.placed.size(), 3u);
}

TEST_F(RxQueuesTest, ADoorbellBeyondTheRingStopsThatBufferQueueOnly) {
  start();
  post(0, 4);
  post(1, kBuffers);
  ASSERT_EQ(h_.violations.count(), 1u);
  EXPECT_NE(h_.violations.first().front().place().find("rx buffer queue 1"), std::string::npos);
  EXPECT_EQ(h_.violations.first().front().field, "tail");
  deliver(frame(60));
  deliver(frame(kSmall + 1));
  h_.run();
  EXPECT_EQ(placement_.refused.size(), 1u);
  EXPECT_EQ(placement_.placed.size(), 1u);
}

TEST_F(RxQueuesTest, DescriptorsOutsideHostMemory) {
  start();
  queues_.enable_buffers(1, false);
  queues_.configure_buffers(1, {pspnic::test::FlatMemory::kUnmapped, kBuffers, kSmall});
  queues_.enable_buffers(1, true);
  queues_.write_buffer_tail(1, 4);
  deliver(frame(60));
  h_.run();
  ASSERT_EQ(h_.violations.count(), 1u);
  EXPECT_EQ(h_.violations.first().front().field, "ring_address");
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxNoBuffer}));
}

TEST_F(RxQueuesTest, PoisonedBufferDescriptorsAreNotUsed) {
  start();
  pspnic::test::BadReads poison(pcie::ReadFor::kDescriptors);
  h_.dma.set_fault_source(&poison);
  post(1, 4);
  deliver(frame(60));
  h_.run();
  EXPECT_EQ(poison.reads, 1u);
  ASSERT_EQ(h_.violations.count(), 1u);
  EXPECT_NE(std::string(base::info(h_.violations.first().front().rule).text).find("poisoned"),
            std::string::npos);
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxNoBuffer}));
  EXPECT_TRUE(h_.memory.writes.empty());
}

TEST_F(RxQueuesTest, ABufferOutsideHostMemoryIsAFaultOfItsQueue) {
  start();
  idpf::RxBufferDescriptor{.packet_address = pspnic::test::FlatMemory::kUnmapped}.encode(
      std::span<uint8_t, 32>(h_.memory.at(ring_[1], 32)));
  post(1, 4);
  deliver(frame(60));
  h_.run();
  ASSERT_EQ(h_.memory.faults.size(), 1u);
  EXPECT_EQ(h_.memory.faults[0].requester.kind, pcie::Requester::Kind::kBufferQueue);
  EXPECT_EQ(h_.memory.faults[0].requester.queue, 1u);
  EXPECT_EQ(h_.memory.faults[0].length, 60u);
}

TEST_F(RxQueuesTest, LengthLimitOfTheQueue) {
  start(1514);
  post(0, 10);
  deliver(frame(1515));
  deliver(frame(1514));
  h_.run();
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxFrameLength}));
  EXPECT_EQ(placement_.placed.size(), 1u);
}

TEST_F(RxQueuesTest, ADisabledQueueRefusesAlsoWhatWaits) {
  start();
  queues_.write_buffer_tail(1, 4);
  deliver(frame(60));
  deliver(frame(60));
  queues_.enable(0, false);
  deliver(frame(60));
  h_.run();
  EXPECT_EQ(placement_.refused, std::vector<DropReason>(3, DropReason::kRxQueueDisabled));
  EXPECT_TRUE(placement_.placed.empty());
}

TEST_F(RxQueuesTest, DisablingOnlyTheBufferQueueRefusesWhatWaitsForIt) {
  start();
  queues_.write_buffer_tail(1, 4);
  deliver(frame(60));
  queues_.enable_buffers(1, false);
  EXPECT_TRUE(queues_.reading_buffers(1));
  h_.run();
  EXPECT_FALSE(queues_.reading_buffers(1));
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxNoBuffer}));
  EXPECT_EQ(queues_.read_buffer_tail(1), 0u);
  queues_.enable_buffers(1, true);
  h_.run();
  deliver(frame(60));
  EXPECT_EQ(placement_.refused.size(), 2u) << "the old tail is forgotten";
}

TEST_F(RxQueuesTest, QueuesThatShareBuffersAllHearOfThem) {
  start();
  queues_.configure(1, {.ring_address = h_.memory.allocate(kRing * 32),
                        .ring_length = kRing,
                        .buffer_queue_1 = 0,
                        .buffer_queue_2 = 1,
                        .max_packet_bytes = 9000});
  queues_.enable(1, true);
  queues_.write_buffer_tail(1, 4);
  deliver(frame(60));
  queues_.deliver(1, h_.packet(frame(61)), {});
  h_.run();
  ASSERT_EQ(placement_.placed.size(), 2u);
  EXPECT_EQ(placement_.placed[0].queue + placement_.placed[1].queue, 1);
}

TEST_F(RxQueuesTest, ACompletionRaisesTheQueuesVector) {
  start();
  queues_.map_vector(0, 3, idpf::kItrNoUpdate);
  h_.arm(3);
  post(1, 4);
  EXPECT_FALSE(h_.interrupted(3));
  deliver(frame(60));
  h_.run();
  EXPECT_TRUE(h_.interrupted(3));
}

TEST_F(RxQueuesTest, ResetWithReadsInFlightAndPacketsWaiting) {
  start();
  queues_.write_buffer_tail(1, 20);
  deliver(frame(60));
  h_.dma.reset();
  queues_.reset();
  h_.run();
  EXPECT_TRUE(placement_.placed.empty());
  EXPECT_EQ(h_.pool.in_use(), 0u);
  start();
  post(1, 20);
  deliver(frame(60));
  h_.run();
  EXPECT_EQ(placement_.placed.size(), 1u);
}

// A cache as small as one fetch: what is left in it is less than the packet needs, and a whole fetch does not
// fit.
class SmallCache : public RxQueuesTest {
 protected:
  SmallCache() : RxQueuesTest({8, 8}) {}
};

TEST_F(SmallCache, APacketLargerThanWhatIsLeftInTheCacheIsPlacedAllTheSame) {
  start();
  post(0, 100);
  for (int n = 0; n < 20; ++n) {
    deliver(frame(2 * kLarge + 1));  // three buffers
    h_.run();
  }
  EXPECT_EQ(placement_.placed.size(), 20u);
  EXPECT_TRUE(placement_.refused.empty());
}

TEST_F(SmallCache, APacketThatTheCacheNeverHoldsIsRefused) {
  start(20000);
  queues_.enable_buffers(0, false);
  queues_.configure_buffers(0, {ring_[0], kBuffers, 512});
  queues_.enable_buffers(0, true);
  post(0, 100);
  deliver(frame(8 * 512));
  deliver(frame(8 * 512 + 1));
  h_.run();
  EXPECT_EQ(placement_.placed.size(), 1u);
  EXPECT_EQ(placement_.refused, (std::vector<DropReason>{DropReason::kRxNoBuffer}));
}

}  // namespace
}  // namespace pspnic::queue
