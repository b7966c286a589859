// SPDX-License-Identifier: Apache-2.0
// What the tests of the device's blocks stand on: host memory as a flat array, the event queue, the DMA
// engine, interrupts, drops. One a process, because SystemC elaborates once.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "model/base/drop_reason.h"
#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/stats.h"
#include "model/base/violation.h"
#include "model/net/bytes.h"
#include "model/pcie/dma.h"
#include "model/pcie/msix.h"
#include "model/queue/interrupts.h"

namespace pspnic::test {

using base::Time;
using Bytes = std::vector<uint8_t>;

inline Bytes to_bytes(std::span<const uint8_t> span) {
  return {span.begin(), span.end()};
}

// Mapped: [kBase, kBase + kBytes). Keeps the order in which writes became visible.
class FlatMemory : public pcie::HostMemory, public pcie::DmaFaultHandler {
 public:
  static constexpr uint64_t kBase = 0x1'0000'0000;
  static constexpr size_t kBytes = size_t{8} << 20;
  static constexpr uint64_t kUnmapped = 0xdead'0000;

  struct Write {
    uint64_t address;
    uint32_t length;
    Time when;
  };
  struct Fault {
    pcie::Requester requester;
    uint64_t address;
    uint32_t length;
  };
  std::vector<Write> writes;
  std::vector<Fault> faults;
  const base::EventQueue* clock = nullptr;

  // Space for `bytes`, aligned to 4 KiB.
  uint64_t allocate(size_t bytes) {
    const uint64_t address = kBase + used_;
    used_ += (bytes + 4095) / 4096 * 4096;
    if (used_ > kBytes) throw std::string("test memory is full");
    return address;
  }
  std::span<uint8_t> at(uint64_t address, size_t length) { return {&bytes_.at(address - kBase), length}; }
  uint64_t store(std::span<const uint8_t> bytes) {
    const uint64_t address = allocate(bytes.size());
    std::copy(bytes.begin(), bytes.end(), at(address, bytes.size()).begin());
    return address;
  }
  bool mapped(uint64_t address, size_t length) const {
    return address >= kBase && address - kBase <= kBytes && length <= kBytes - (address - kBase);
  }

  bool read(uint64_t address, std::span<uint8_t> destination) override {
    if (!mapped(address, destination.size())) return false;
    if (!destination.empty()) std::memcpy(destination.data(), &bytes_[address - kBase], destination.size());
    return true;
  }
  bool write(uint64_t address, std::span<const uint8_t> source) override {
    if (!mapped(address, source.size())) return false;
    std::memcpy(&bytes_[address - kBase], source.data(), source.size());
    writes.push_back({address, static_cast<uint32_t>(source.size()), clock == nullptr ? 0 : clock->now()});
    return true;
  }
  void on_write_fault(pcie::Requester requester, uint64_t address, uint32_t length, bool,
                      pcie::DmaStatus) override {
    faults.push_back({requester, address, length});
  }

 private:
  Bytes bytes_ = Bytes(kBytes);
  size_t used_ = 4096;
};

// Has every read for a purpose end like this, the data being there all the same.
struct BadReads : pcie::DmaFaultSource {
  pcie::ReadFor purpose = pcie::ReadFor::kOther;
  pcie::DmaStatus status = pcie::DmaStatus::kPoisoned;
  unsigned reads = 0;  // that ended so
  explicit BadReads(pcie::ReadFor what) : purpose(what) {}
  pcie::DmaStatus on_read(pcie::ReadFor what, std::span<uint8_t>) override {
    if (what != purpose) return pcie::DmaStatus::kOk;
    ++reads;
    return status;
  }
  bool on_write() override { return false; }
};

inline std::vector<std::string> drop_names() {
  std::vector<std::string> names;
  for (size_t i = 0; i < static_cast<size_t>(base::DropReason::kCount); ++i) {
    names.emplace_back(base::drop_reason_name(static_cast<base::DropReason>(i)));
  }
  return names;
}

class Harness {
 public:
  static constexpr uint16_t kVectors = 4;

  explicit Harness(const pcie::LinkParams& link = {}) : dma(root, link, {events, memory, memory}) {
    memory.clock = &events;
  }

  base::StatGroup root{"device"};
  base::PacketPool pool;
  base::EventQueue events{"events"};
  FlatMemory memory;
  pcie::DmaEngine dma;
  base::ViolationLog violations{"device"};
  base::CounterArray drops{root, "drops", "packet", "Packets dropped", drop_names()};
  pcie::ConfigSpace config{{.bar0_bytes = 1u << 20, .vectors = kVectors}};
  pcie::MsixTable msix{root, kVectors, config, dma};
  queue::Interrupts interrupts{root, kVectors, events, msix};

  // Until nothing is left to happen, or for a time.
  void run() {
    if (!events.empty()) sc_core::sc_start();
  }
  void run_for(Time duration) {
    events.schedule(events.now() + duration, base::Callback::to<&Harness::stop>(*this));
    sc_core::sc_start();
  }

  void at(Time when, std::function<void()> action) {
    actions_.push_back(std::move(action));
    events.schedule(when, base::Callback::to<&Harness::act>(*this), actions_.size() - 1);
  }

  // The vector's interrupt has been raised: MSI-X is off, so its pending bit says so.
  bool interrupted(uint16_t vector) const { return (msix.read(pcie::kMsixPendingOffset) >> vector & 1) != 0; }
  void arm(uint16_t vector) { interrupts.write_dyn_ctl(vector, 0x19); }  // what Linux writes: INTENA, no ITR

  base::PacketPtr packet(std::span<const uint8_t> bytes) {
    base::PacketPtr packet = pool.take(static_cast<uint32_t>(bytes.size()));
    std::memcpy(packet->data(), bytes.data(), bytes.size());
    packet->wire_end = events.now();
    return packet;
  }

 private:
  void act(uint64_t index) { actions_[index](); }
  void stop(uint64_t) { events.pause(); }
  std::vector<std::function<void()>> actions_;
};

}  // namespace pspnic::test
