// SPDX-License-Identifier: Apache-2.0
// Two receive queues with the buffer queues of the first, in flat memory.
#pragma once

#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "model/queue/rx_queues.h"
#include "testbench/tests/model/harness.h"
#include "testbench/tests/model/queue/rx_placement.h"

namespace pspnic::queue {

using base::DropReason;
using pspnic::test::Bytes;

inline constexpr uint16_t kRing = 512;      // completions
inline constexpr uint16_t kBuffers = 1024;  // of a buffer queue's ring
inline constexpr uint32_t kLarge = 2048;    // bytes of a buffer of queue 1
inline constexpr uint32_t kSmall = 256;     // of queue 2
inline constexpr size_t kSlotBytes = 4096;
inline constexpr size_t kHeaderOffset = 3072;  // of the header buffer in the slot

class RxQueuesTest : public testing::Test {
 protected:
  explicit RxQueuesTest(const RxQueueParams& params = {8, 32})
      : queues_(h_.root, params, 2, 4, {h_.events, h_.dma, h_.interrupts, h_.violations}) {
    queues_.set_placement(&placement_);
    completions_ = h_.memory.allocate(kRing * idpf::kRxCompletionBytes);
    for (uint16_t i = 0; i < 2; ++i) {
      ring_[i] = h_.memory.allocate(kBuffers * idpf::kRxBufferDescriptorBytes);
      pool_[i] = h_.memory.allocate(64 * kSlotBytes);
      for (uint16_t n = 0; n < kBuffers; ++n) {
        idpf::RxBufferDescriptor{.buf_id = static_cast<uint16_t>(0x1000 * (i + 1) + n),
                                 .packet_address = buffer(i, n),
                                 .header_address = buffer(i, n) + kHeaderOffset}
            .encode(std::span<uint8_t, 32>(h_.memory.at(ring_[i] + n * 32u, 32)));
      }
    }
  }

  // Buffers share 64 places, so that the test's memory stays small.
  uint64_t buffer(uint16_t queue, uint16_t index) const { return pool_[queue] + (index % 64u) * kSlotBytes; }

  void start(uint32_t max_packet = 9000, uint16_t header_bytes = 0) {
    queues_.configure(0, {.ring_address = completions_,
                          .ring_length = kRing,
                          .buffer_queue_1 = 0,
                          .buffer_queue_2 = 1,
                          .max_packet_bytes = max_packet,
                          .header_bytes = header_bytes});
    queues_.configure_buffers(0, {ring_[0], kBuffers, kLarge});
    queues_.configure_buffers(1, {ring_[1], kBuffers, kSmall});
    for (uint16_t i = 0; i < 2; ++i) queues_.enable_buffers(i, true);
    queues_.enable(0, true);
  }
  void post(uint16_t buffer_queue, uint16_t tail) {
    queues_.write_buffer_tail(buffer_queue, tail);
    h_.run();
  }
  static Bytes frame(size_t bytes, unsigned seed = 1) {
    Bytes frame(bytes);
    std::iota(frame.begin(), frame.end(), static_cast<uint8_t>(seed));
    return frame;
  }
  void deliver(const Bytes& bytes, const idpf::RxCompletion& metadata = {}) {
    queues_.deliver(0, h_.packet(bytes), metadata);
  }
  idpf::RxCompletion completion(uint32_t index) {
    return idpf::RxCompletion::decode(
        std::span<const uint8_t, 32>(h_.memory.at(completions_ + index * 32u, 32)));
  }
  Bytes content(uint16_t queue, uint16_t index, size_t bytes) {
    return pspnic::test::to_bytes(h_.memory.at(buffer(queue, index), bytes));
  }

  pspnic::test::Harness h_;
  Placement placement_;
  RxQueues queues_;
  uint64_t completions_ = 0;
  uint64_t ring_[2] = {};
  uint64_t pool_[2] = {};
};

}  // namespace pspnic::queue
