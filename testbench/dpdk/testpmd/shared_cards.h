// SPDX-License-Identifier: Apache-2.0
// Two cards joined by a cable inside a program with threads of its own, dpdk-testpmd. There is no SystemC
// thread: simulated time passes whenever one of the program's threads waits or polls, on that thread's stack.
//
// The model, and all code of the driver that shares memory with it, runs under one recursive lock, taken
// before any of the driver's own. So a driver never sees a descriptor half-written, and the order of all that
// happens is one that a single processor could have produced. Which one it is depends on the threads: unlike
// the bench, these runs do not repeat.
#pragma once

#include <array>
#include <memory>
#include <mutex>

#include "model/net/capture.h"
#include "testbench/bench/card_pair.h"
#include "testbench/dpdk/driver_clock.h"
#include "testbench/dpdk/fake_pci_bus.h"
#include "testbench/dpdk/host.h"
#include "testbench/dpdk/testpmd/options.h"

namespace pspnic::dpdk {

// Lets time pass by running the simulation from the calling thread.
class PacedClock : public sc_core::sc_module, public DriverClock {
 public:
  PacedClock(const sc_core::sc_module_name& name, std::recursive_mutex& lock);

  void lock() override { lock_.lock(); }
  void unlock() override { lock_.unlock(); }

 private:
  void pass(const sc_core::sc_time& duration) override;
  void stop() {}

  std::recursive_mutex& lock_;
  sc_core::sc_event until_;
};

// Writes what crosses the cable.
class WireCapture : public bench::WireTap {
 public:
  // Throws std::runtime_error naming the file.
  explicit WireCapture(const std::string& file);
  void on_frame(const base::Packet& frame) override {
    writer_.write(frame.wire_end / base::kNs, frame.bytes());
  }
  // Ends the program with exit code 1, naming the file, if anything could not be written.
  void close();

 private:
  net::CaptureWriter writer_;
};

class SharedCards {
 public:
  // Made at the first call, which must come before the EAL looks for devices. Ends the program with exit code
  // 2 if card_options() are wrong.
  static SharedCards& instance();

  std::recursive_mutex& lock() { return lock_; }
  // The time one poll of a queue takes. With the lock held.
  void poll();
  // The end of DPDK, whose memory is gone: takes the cards out of the bus and prints their counters and
  // violations on stdout. Once.
  void finish();

 private:
  explicit SharedCards(const CardOptions& options);
  void protect(const CardOptions& options);

  std::recursive_mutex lock_;
  PacedClock clock_;
  bench::CardPair cards_;
  std::unique_ptr<WireCapture> capture_;
  std::array<std::unique_ptr<DpdkHost>, bench::kSides> hosts_;
  std::unique_ptr<FakePciBus> bus_ = std::make_unique<FakePciBus>();
};

}  // namespace pspnic::dpdk
