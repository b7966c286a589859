// SPDX-License-Identifier: Apache-2.0
// A receive queue under the sanitizer.
#pragma once

#include "model/queue/rx_queues.h"
#include "testbench/tests/model/queue/rx_placement.h"
#include "testbench/tests/model/sanitizer/tx_kit.h"

namespace pspnic::misbehave {

inline constexpr uint16_t kBufferRing = 64;
inline constexpr uint16_t kCompletionRing = 128;
inline constexpr uint32_t kBufferBytes = 2048;

// A split receive queue whose buffers all come from buffer queue 0.
class RxKit : public test::Harness {
 public:
  RxKit() {
    queues.set_placement(&placement_);
    queues.set_watch(&watch);
    completions = memory.allocate(kCompletionRing * idpf::kRxCompletionBytes);
    ring = memory.allocate(kBufferRing * idpf::kRxBufferDescriptorBytes);
    buffers = memory.allocate(kBufferRing * kBufferBytes);
    for (uint16_t i = 0; i < kBufferRing; ++i) put(i, buffer(i), static_cast<uint16_t>(i + 1));
  }
  void start(uint64_t at) {
    queues.configure(0, {.ring_address = completions,
                         .ring_length = kCompletionRing,
                         .buffer_queue_1 = 0,
                         .buffer_queue_2 = 0,
                         .max_packet_bytes = 9000});
    queues.configure_buffers(0, {at, kBufferRing, kBufferBytes});
    queues.enable_buffers(0, true);
    queues.enable(0, true);
  }
  void start() { start(ring); }
  uint64_t buffer(uint16_t index) const { return buffers + index * kBufferBytes; }
  void put(uint16_t index, uint64_t address, uint16_t id) {
    idpf::RxBufferDescriptor{.buf_id = id, .packet_address = address}.encode(
        std::span<uint8_t, 32>(memory.at(ring + index * 32u, 32)));
  }
  void post(uint32_t tail) {
    queues.write_buffer_tail(0, tail);
    run();
  }
  void receive(unsigned packets) {
    const Bytes frame(100, 1);
    for (unsigned i = 0; i < packets; ++i) queues.deliver(0, packet(frame), {});
    run();
  }

  queue::RxQueues queues{root, {8, 32}, 2, 4, {events, dma, interrupts, violations}};
  sanitizer::Sanitizer watch{strict_params(), events, violations, kSecret};
  uint64_t completions = 0;
  uint64_t ring = 0;
  uint64_t buffers = 0;

 private:
  queue::Placement placement_;
};

}  // namespace pspnic::misbehave
