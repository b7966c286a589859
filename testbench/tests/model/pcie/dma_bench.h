// SPDX-License-Identifier: Apache-2.0
// A DMA engine on host memory that writes down what lands when, and a list of things to do at given times.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "model/base/event_queue.h"
#include "model/base/stats.h"
#include "model/pcie/dma.h"

namespace pspnic::pcie {

struct Landed {
  Time when = 0;
  uint64_t address = 0;
  std::vector<uint8_t> bytes;
};

class FakeMemory : public HostMemory {
 public:
  static constexpr uint64_t kBase = 0x7'0010'0000;
  static constexpr size_t kBytes = 1 << 20;

  explicit FakeMemory(base::EventQueue& events) : events_(events), bytes_(kBytes) {}

  bool read(uint64_t address, std::span<uint8_t> destination) override {
    if (!mapped(address, destination.size())) return false;
    std::copy_n(at(address), destination.size(), destination.begin());
    return true;
  }
  bool write(uint64_t address, std::span<const uint8_t> source) override {
    if (on_write) on_write(address);
    if (!mapped(address, source.size())) return false;
    std::copy(source.begin(), source.end(), at(address));
    if (keep_log) landed.push_back({events_.now(), address, {source.begin(), source.end()}});
    return true;
  }

  uint8_t* at(uint64_t address) { return bytes_.data() + (address - kBase); }

  std::vector<Landed> landed;
  std::function<void(uint64_t)> on_write;  // what the other side does at once
  bool keep_log = true;

 private:
  static bool mapped(uint64_t address, size_t length) {
    return address >= kBase && length <= kBytes && address - kBase <= kBytes - length;
  }

  base::EventQueue& events_;
  std::vector<uint8_t> bytes_;
};

struct Fault {
  Requester requester;
  uint64_t address = 0;
  uint32_t length = 0;
  bool again = false;
};

class FaultLog : public DmaFaultHandler {
 public:
  void on_write_fault(Requester requester, uint64_t address, uint32_t length, bool again,
                      DmaStatus) override {
    faults.push_back({requester, address, length, again});
    if (action) action();
  }
  std::vector<Fault> faults;
  std::function<void()> action;
};

struct ReadDone {
  Time when = 0;
  uint64_t argument = 0;
  DmaStatus status = DmaStatus::kOk;
  bool operator==(const ReadDone&) const = default;
};

class ReadLog {
 public:
  explicit ReadLog(base::EventQueue& events) : events_(events) {}
  ReadCallback callback() { return ReadCallback::to<&ReadLog::on_read>(*this); }

  std::vector<ReadDone> done;
  std::function<void(uint64_t)> action;

 private:
  void on_read(uint64_t argument, DmaStatus status) {
    done.push_back({events_.now(), argument, status});
    if (action) action(argument);
  }
  base::EventQueue& events_;
};

class Agenda {
 public:
  explicit Agenda(base::EventQueue& events) : events_(events) {}
  void at(Time when, std::function<void()> action) {
    actions_.push_back(std::move(action));
    events_.schedule(when, base::Callback::to<&Agenda::run>(*this), actions_.size() - 1);
  }

 private:
  void run(uint64_t index) { actions_[index](); }
  base::EventQueue& events_;
  std::deque<std::function<void()>> actions_;
};

struct DmaBench {
  explicit DmaBench(const LinkParams& params = {}) : dma(root, params, {events, memory, faults}) {}

  base::EventQueue events{"events"};
  base::StatGroup root{"nic"};
  FakeMemory memory{events};
  FaultLog faults;
  DmaEngine dma;
  Agenda agenda{events};
  ReadLog reads{events};
};

inline constexpr Requester kTester{Requester::Kind::kRxQueue, 5};

// Picoseconds that `bytes` take on a link, as exact as a double is.
inline double ps_on_link(double bytes, double bandwidth_bps) {
  return bytes * 8e12 / bandwidth_bps;
}

// PCIe 4.0 x16 with payloads of 256 bytes, from raw rate, two updates of 8 bytes
// every 168 symbol times and 4 bytes of skip ordered sets every 1538.
inline constexpr double kGen4Mps256Bps = 16e9 * 16 * 128 / 130 * (1 - 16.0 / 168 - 4.0 / 1538);

}  // namespace pspnic::pcie
