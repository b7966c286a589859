// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/platform.h"

#include <algorithm>
#include <utility>

namespace pspnic::bench {

namespace {

constexpr size_t kScriptStackBytes = 1024 * 1024;
constexpr uint32_t kBufferStep = 128;
constexpr const char* kNicNames[kSides] = {"nic_a", "nic_b"};
constexpr const char* kHostNames[kSides] = {"host_a", "host_b"};
constexpr const char* kCableNames[kSides] = {"cable_a_to_b", "cable_b_to_a"};

// Locally administered; the last byte tells the card.
net::MacAddress mac_of(Side side) {
  return {{0x02, 0x50, 0x53, 0x50, 0x00, static_cast<uint8_t>(0x0a + side)}};
}

// Ranges of their own, so that one key log serves both directions.
uint32_t first_spi_of(Side side) {
  return side == kA ? 1 : 0x40000000;
}

host::DriverConfig driver_config(const PlatformParams& params, const DriverSetup& setup) {
  host::DriverConfig config;
  config.queue_pairs = params.host.queue_pairs;
  config.tx_ring = config.rx_ring = config.buffer_ring = static_cast<uint16_t>(params.host.ring / 32 * 32);
  config.mtu = setup.mtu;
  config.tso = setup.tso;
  config.psp_versions = setup.psp_versions;
  config.itr_us = static_cast<uint32_t>(params.host.itr.ps / base::kUs);
  // One buffer holds any frame of the MTU, headers and VLAN tags included.
  const uint32_t frame = setup.mtu + 22u;
  config.buffer_bytes = std::max(2048u, (frame + kBufferStep - 1) / kBufferStep * kBufferStep);
  return config;
}

}  // namespace

Platform::Platform(const sc_core::sc_module_name& name, const PlatformParams& params,
                   const DriverSetup& setup, uint64_t seed)
    : sc_module(name), params_(params), events_("events") {
  for (const Side side : {kA, kB}) {
    cables_[side] = std::make_unique<Cable>(root_, kCableNames[side], params_.cable, events_);
    nics_[side] = std::make_unique<nic::Nic>(kNicNames[side], root_, params_.nic,
                                             nic::Nic::Identity{mac_of(side), seed, side, first_spi_of(side)},
                                             nic::Nic::Ports{events_, pool_, *cables_[side]});
    hosts_[side] = std::make_unique<HostSystem>(kHostNames[side], params_.host, events_);
    hosts_[side]->mmio_socket.bind(nics_[side]->endpoint().mmio);
    nics_[side]->endpoint().dma_socket.bind(hosts_[side]->memory_socket);
    drivers_[side] = std::make_unique<host::Driver>(*hosts_[side], driver_config(params_, setup));
  }
  for (const Side side : {kA, kB}) cables_[side]->connect(nics_[other(side)].get());
  SC_HAS_PROCESS(Platform);
  SC_THREAD(script_process);
  set_stack_size(kScriptStackBytes);
}

Platform::~Platform() = default;

void Platform::script_process() {
  while (true) {
    if (script_) {
      try {
        std::exchange(script_, nullptr)();
      } catch (...) {
        failure_ = std::current_exception();
        sc_core::sc_pause();
      }
    }
    wait(script_given_);
  }
}

void Platform::run(std::function<void()> script) {
  script_ = std::move(script);
  if (script_ && sc_core::sc_get_status() != sc_core::SC_ELABORATION)
    script_given_.notify(sc_core::SC_ZERO_TIME);
  sc_core::sc_start();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Platform::begin_window() {
  window_begin_ = events_.now();
  root_.reset(window_begin_);
  for (const auto& nic : nics_) nic->begin(window_begin_);
  for (const auto& cable : cables_) cable->restart_window();
}

void Platform::finish() {
  window_end_ = events_.now();
  for (const auto& nic : nics_) nic->finish(window_end_);
}

}  // namespace pspnic::bench
