// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/testpmd/shared_cards.h"

#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>

#include "testbench/bench/protect.h"
#include "testbench/dpdk/eal.h"
#include "testbench/dpdk/eal_memory.h"
#include "testbench/dpdk/machine.h"

namespace pspnic::dpdk {

namespace {

// Of a processor of the time: a poll of an idle queue is one read from its cache, one that finds packets
// touches them.
constexpr base::Time kPollTime = 200 * base::kNs;
constexpr size_t kViolationsShown = 10;

void print_card(const nic::Nic& nic) {
  const std::string& name = nic.violations().device();
  fmt::print("{}: transmitted {} frames, received {}, delivered {}\n", name,
             nic.transmit_path().stats().frames.value(), nic.receive_path().stats().frames.value(),
             nic.receive_path().stats().delivered.value());
  for (size_t i = 0; i < static_cast<size_t>(base::DropReason::kCount); ++i) {
    const uint64_t count = nic.drops()[i];
    if (count != 0) {
      fmt::print("{}: dropped {} {}\n", name, count,
                 base::drop_reason_name(static_cast<base::DropReason>(i)));
    }
  }
  fmt::print("{}: {} violations\n", name, nic.violations().count());
  for (size_t i = 0; i < std::min(kViolationsShown, nic.violations().first().size()); ++i) {
    fmt::print("{}: {}\n", name, to_string(nic.violations().first()[i]));
  }
  fmt::print("{}", nic.imbalance());
}

}  // namespace

PacedClock::PacedClock(const sc_core::sc_module_name& name, std::recursive_mutex& lock)
    : sc_module(name), lock_(lock) {
  SC_HAS_PROCESS(PacedClock);
  SC_METHOD(stop);
  sensitive << until_;
  dont_initialize();
}

// With the lock. The event keeps the event queue from running ahead of the end.
void PacedClock::pass(const sc_core::sc_time& duration) {
  until_.notify(duration);
  sc_core::sc_start(duration);
}

WireCapture::WireCapture(const std::string& file) : writer_(file) {
  if (writer_.error()) throw std::runtime_error(writer_.error()->text());
}

void WireCapture::close() {
  if (writer_.close()) return;
  fmt::print(stderr, "testpmd: {}\n", writer_.error()->text());
  exit(1);
}

SharedCards& SharedCards::instance() {
  // Never destroyed: threads of the program may outlive its end.
  static SharedCards* cards = [] {
    try {
      return new SharedCards(card_options());
    } catch (const std::exception& error) {
      fmt::print(stderr, "testpmd: {}\n", error.what());
      exit(2);
    }
  }();
  return *cards;
}

SharedCards::SharedCards(const CardOptions& options)
    : clock_("clock", lock_), cards_("cards", options.nic, options.cable, 1) {
  if (!options.wire_file.empty()) {
    capture_ = std::make_unique<WireCapture>(options.wire_file);
    for (const Side side : {kA, kB}) cards_.cable(side).set_tap(capture_.get());
  }
  for (const Side side : {kA, kB}) {
    hosts_[side] = std::make_unique<DpdkHost>(kHostNames[side], clock_);
    hosts_[side]->mmio_socket.bind(cards_.nic(side).endpoint().mmio);
    cards_.nic(side).endpoint().dma_socket.bind(hosts_[side]->memory_socket);
  }
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates
  for (const Side side : {kA, kB}) {
    hosts_[side]->enumerate();
    bus_->insert(kSlots[side], *hosts_[side]);
  }
  redirect_waits(clock_);
  protect(options);
}

// Before any driver comes up, whose resets leave the flows.
void SharedCards::protect(const CardOptions& options) {
  if (options.flows.empty()) return;
  bench::KeyLog keys;
  bench::protect_flows(cards_, options.flows, options.flow_file, keys,
                       [this] { clock_.wait_for(sc_core::sc_time::from_value(5 * base::kUs)); });
  if (options.key_file.empty()) return;
  std::ofstream file(options.key_file, std::ios::binary);
  file << keys.text();
  file.close();
  if (!file) throw std::runtime_error(options.key_file + ": cannot be written");
}

void SharedCards::poll() {
  clock_.wait_for(sc_core::sc_time::from_value(kPollTime));
}

void SharedCards::finish() {
  const std::lock_guard<std::recursive_mutex> held(lock_);
  if (!bus_) return;
  eal_memory().end();
  for (const auto& host : hosts_) host->withdraw_memory();
  bus_.reset();
  fmt::print("\nThe cards after {:.3f} ms of simulated time\n",
             static_cast<double>(cards_.now()) / base::kMs);
  for (const Side side : {kA, kB}) {
    print_card(cards_.nic(side));
    if (const uint64_t refused = hosts_[side]->bad_accesses(); refused != 0) {
      fmt::print("{}: refused {} accesses of the card\n", kHostNames[side], refused);
    }
  }
  fflush(stdout);
  if (capture_) capture_->close();
}

}  // namespace pspnic::dpdk
