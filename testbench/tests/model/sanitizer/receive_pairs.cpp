// SPDX-License-Identifier: Apache-2.0
// Receive queues, and rings and memory of either direction.
#include "testbench/tests/model/sanitizer/pairs.h"
#include "testbench/tests/model/sanitizer/receive_kit.h"

namespace pspnic::misbehave {

namespace {

using Rule = DriverRule;

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
// All buffers are used, and a packet finds none; another buffer comes just before the limit, or never.
Violations kept(bool for_ever) {
  return receive([for_ever](RxKit& kit) {
    kit.start();
    kit.post(2);
    const base::Time empty = kit.events.now();
    if (!for_ever) kit.at(empty + kLimit - 1, [&kit] { kit.queues.write_buffer_tail(0, 3); });
    kit.receive(3);
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
      {Rule::kRxBuffersKept, "rx buffer queue 0", [] { return kept(true); }, [] { return kept(false); }},
  };
}

std::vector<Pair> memory_pairs() {
  return {
      {Rule::kRingTail, "tx queue 0, descriptor 0", [] { return transmit_tail(TxKit::kRing); },
       [] { return transmit_tail(TxKit::kRing - 1); }},
      {Rule::kRingOverlap, "rx queue 0",
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
