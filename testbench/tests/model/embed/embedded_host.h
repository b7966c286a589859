// SPDX-License-Identifier: Apache-2.0
// The machine of a driver whose card is an embedded device: memory, timers, interrupts, and a cable that
// comes back or ends at a test.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "model/embed/device.h"
#include "testbench/bench/host_memory.h"
#include "testbench/host/host_port.h"

namespace pspnic::embed {

// Few queues and SAs: they come up quickly.
inline CardOptions small_options() {
  CardOptions options;
  options.json = R"({"nic": {"device": {"queues": 4, "sa_slots": 64}}})";
  return options;
}

class EmbeddedHost : public host::HostPort, public Host {
 public:
  explicit EmbeddedHost(const CardOptions& options = small_options()) : device(options, *this) {}

  uint32_t read32(host::Space space, uint64_t offset) override {
    const auto answer = device.read(base_of(space) + offset);
    if (!device.running()) delay(answer.latency);
    return answer.ok ? answer.value : host::kNoAnswer;
  }
  void write32(host::Space space, uint64_t offset, uint32_t value) override {
    device.write(base_of(space) + offset, value);
  }
  host::DmaBuffer allocate(size_t bytes, size_t alignment) override {
    return memory.allocate(bytes, alignment);
  }
  void free(const host::DmaBuffer& buffer) override { memory.free(buffer); }
  uint64_t now_ps() const override { return device.now(); }
  void delay(uint64_t duration) override {
    const base::Time end = device.now() + duration;
    while (true) {
      const bool timer = !timers.empty() && timers.begin()->first <= end;
      if (device.run_one(timer ? timers.begin()->first : end)) continue;
      if (!timer) return;
      const uint64_t cookie = timers.extract(timers.begin()).mapped();
      if (handler != nullptr) handler->on_timer(cookie);
    }
  }
  void set_timer(uint64_t delay_ps, uint64_t cookie) override {
    timers.emplace(device.now() + delay_ps, cookie);
  }
  void set_events(host::HostEvents* events) override { handler = events; }
  uint64_t message_address() const override { return 0xfee0'0000; }

  bool read_memory(uint64_t address, std::span<uint8_t> destination) override {
    if (watch) watch(address);
    const uint8_t* bytes = memory.at(address, destination.size());
    if (bytes != nullptr) std::copy_n(bytes, destination.size(), destination.data());
    return bytes != nullptr;
  }
  bool write_memory(uint64_t address, std::span<const uint8_t> source) override {
    if (watch) watch(address);
    uint8_t* bytes = memory.at(address, source.size());
    if (bytes != nullptr) std::ranges::copy(source, bytes);
    return bytes != nullptr;
  }
  void interrupt(uint64_t address, uint32_t data) override {
    if (watch) watch(address);
    if (address == message_address() && handler != nullptr) handler->on_interrupt(data);
  }
  void frame_sent(const SentFrame& frame) override {
    frames.emplace_back(frame.bytes.begin(), frame.bytes.end());
    if (peer != nullptr) peer->device.receive(frame.bytes);
  }

  std::function<void(uint64_t address)> watch;  // of each access to memory and each message
  bench::HostMemory memory{256u << 20};
  std::multimap<uint64_t, uint64_t> timers;  // cookies by time
  host::HostEvents* handler = nullptr;
  std::vector<std::vector<uint8_t>> frames;
  EmbeddedHost* peer = nullptr;  // at the other end of the cable, maybe itself
  Device device;

  static uint64_t base_of(host::Space space) {
    if (space == host::Space::kConfig) return pcie::kConfigBase;
    return space == host::Space::kBar0 ? pcie::kBar0Base : pcie::kBar4Base;
  }
};

}  // namespace pspnic::embed
