// SPDX-License-Identifier: Apache-2.0
// Receive queues, and rings and memory of either direction.
#include "model/queue/rx_queues.h"
#include "testbench/tests/model/queue/rx_placement.h"
#include "testbench/tests/model/sanitizer/pairs.h"
#include "testbench/tests/model/sanitizer/tx_kit.h"

namespace pspnic::misbehave {

namespace {

using Rule = DriverRule;

constexpr uint16_t kBufferRing = 64;
constexpr uint16_t kCompletionRing = 128;
constexpr uint32_t kBufferBytes = 2048;

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

template <class Body>
Violations receive(Body body) {
  RxKit kit;
  body(kit);
  kit.run();
  return kit.violations.first();
}
// Buffers 0 and 1, the second as given.
Violations second_buffer(uint64_t (*address)(const RxKit&), uint16_t id) {
  return receive([=](RxKit& kit) {
    kit.put(1, address(kit), id);
    kit.start();
    kit.post(2);
  });
}
uint64_t own_buffer(const RxKit& kit) {
  return kit.buffer(1);
}
Violations overtaking_by(unsigned more) {
  return receive([more](RxKit& kit) {
    kit.start();
    kit.post(40);
    kit.receive(3);
    kit.post((40 + more) % kBufferRing);
  });
}
// All buffers are used, and packets come until `later`.
Violations kept_for(base::Time later) {
  return receive([later](RxKit& kit) {
    kit.start();
    kit.post(2);
    kit.receive(2);
    kit.run_for(later);
    kit.receive(1);
  });
}
Violations reserved_byte(uint8_t value) {
  return receive([value](RxKit& kit) {
    kit.memory.at(kit.ring + 24, 1)[0] = value;
    kit.start();
    kit.post(1);
  });
}
Violations started_at(uint64_t (*address)(const RxKit&)) {
  return receive([address](RxKit& kit) { kit.start(address(kit)); });
}
Violations bad_reads(pcie::ReadFor what, pcie::DmaStatus status) {
  test::BadReads faults(what);
  faults.status = status;
  return transmit([&faults](TxKit& kit) {
    kit.dma.set_fault_source(&faults);
    kit.put_frames(1);
    kit.play();
  });
}
Violations transmit_ring_at(bool mapped) {
  return transmit([mapped](TxKit& kit) {
    kit.stop();
    kit.put_frames(1);
    kit.queues.configure(0, {mapped ? kit.ring_address(0) : FlatMemory::kUnmapped, TxKit::kRing, true});
    kit.reports.configure(0, {idpf::QueueModel::kSplit, 0, 0, 10});
    kit.queues.enable(0);
  });
}
Violations transmit_tail(uint32_t tail) {
  TxKit kit;
  kit.put_frames(TxKit::kRing - 1);
  kit.queues.write_tail(0, tail);
  kit.run();
  return kit.violations.first();
}
Violations data_at(bool mapped) {
  return transmit(
      [mapped](TxKit& kit) { kit.put(0, data(mapped ? kit.store().address : FlatMemory::kUnmapped, 100)); });
}

std::vector<Pair> buffer_pairs() {
  return {
      {Rule::kRxTailSplit, "rx queue 0",
       [] {
         return receive([](RxKit& kit) {
           kit.start();
           kit.queues.write_tail(0, 4);
         });
       },
       [] {
         return receive([](RxKit& kit) {
           kit.queues.write_tail(0, 4);
           kit.start();
         });
       }},
      {Rule::kRxReserved, "rx buffer queue 0, descriptor 0", [] { return reserved_byte(1); },
       [] { return reserved_byte(0); }},
      {Rule::kRxSlotReuse, "rx buffer queue 0, descriptor 3", [] { return overtaking_by(27); },
       [] { return overtaking_by(26); }},
      {Rule::kRxBufferIdReuse, "rx buffer queue 0, descriptor 1", [] { return second_buffer(own_buffer, 1); },
       [] { return second_buffer(own_buffer, 2); }},
      {Rule::kRxBufferOverlap, "rx buffer queue 0, descriptor 1",
       [] { return second_buffer([](const RxKit& kit) { return kit.buffer(1) - 1; }, 2); },
       [] { return second_buffer(own_buffer, 2); }},
      {Rule::kRxBufferOverRing, "rx buffer queue 0, descriptor 1",
       [] { return second_buffer([](const RxKit& kit) { return kit.ring + kBufferRing * 32 - 1; }, 2); },
       [] { return second_buffer([](const RxKit& kit) { return kit.ring + kBufferRing * 32; }, 2); }},
      {Rule::kRxBuffersKept, "rx buffer queue 0", [] { return kept_for(20 * base::kUs); },
       [] { return kept_for(5 * base::kUs); }},
  };
}

std::vector<Pair> memory_pairs() {
  return {
      {Rule::kRingTail, "tx queue 0, descriptor 0", [] { return transmit_tail(TxKit::kRing); },
       [] { return transmit_tail(TxKit::kRing - 1); }},
      {Rule::kRingOverlap, "rx buffer queue 0",
       [] {
         return started_at([](const RxKit& kit) {
           return kit.completions + kCompletionRing * idpf::kRxCompletionBytes - 128;
         });
       },
       [] {
         return started_at(
             [](const RxKit& kit) { return kit.completions + kCompletionRing * idpf::kRxCompletionBytes; });
       }},
      {Rule::kRingUnmapped, "tx queue 0, descriptor 0", [] { return transmit_ring_at(false); },
       [] { return transmit_ring_at(true); }},
      {Rule::kBufferUnmapped, "tx queue 0, descriptor 0", [] { return data_at(false); },
       [] { return data_at(true); }},
      {Rule::kDmaAborted, "tx queue 0, descriptor 0",
       [] { return bad_reads(pcie::ReadFor::kDescriptors, pcie::DmaStatus::kAborted); },
       [] { return bad_reads(pcie::ReadFor::kMailbox, pcie::DmaStatus::kAborted); }},
      {Rule::kDmaPoisoned, "tx queue 0, descriptor 0",
       [] { return bad_reads(pcie::ReadFor::kPacketData, pcie::DmaStatus::kPoisoned); },
       [] { return bad_reads(pcie::ReadFor::kMailbox, pcie::DmaStatus::kPoisoned); }},
  };
}

}  // namespace

std::vector<Pair> receive_pairs() {
  std::vector<Pair> pairs = buffer_pairs();
  for (const Pair& pair : memory_pairs()) pairs.push_back(pair);
  return pairs;
}

}  // namespace pspnic::misbehave
