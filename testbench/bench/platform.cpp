// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/platform.h"

#include <algorithm>

namespace pspnic::bench {

namespace {

constexpr size_t kScriptStackBytes = 1024 * 1024;
constexpr uint32_t kBufferStep = 128;
constexpr const char* kHostNames[kSides] = {"host_a", "host_b"};

host::DriverConfig driver_config(const PlatformParams& params, const DriverSetup& setup) {
  host::DriverConfig config;
  config.queue_pairs = params.host.queue_pairs;
  config.tx_ring = config.rx_ring = config.buffer_ring = static_cast<uint16_t>(params.host.ring / 32 * 32);
  // Merged frames take buffers of one queue, others of the other one, and all complete in one ring.
  constexpr unsigned kLongestRing = 8160;
  if (params.host.gro) config.rx_ring = static_cast<uint16_t>(std::min(kLongestRing, 2u * config.rx_ring));
  config.gro = params.host.gro;
  config.header_split = params.host.header_split;
  config.psp_strip_headers = params.host.strip_headers;
  config.mtu = setup.mtu;
  config.tso = setup.tso;
  config.psp_versions = setup.psp_versions;
  config.psp_capture = params.host.psp_capture;
  config.psp_sample = params.host.psp_sample;
  config.itr_us = static_cast<uint32_t>(params.host.itr.ps / base::kUs);
  // One buffer holds any frame of the MTU, headers and VLAN tags included.
  const uint32_t frame = setup.mtu + 22u;
  config.buffer_bytes = std::max(2048u, (frame + kBufferStep - 1) / kBufferStep * kBufferStep);
  return config;
}

}  // namespace

Platform::Platform(const sc_core::sc_module_name& name, const PlatformParams& params,
                   const DriverSetup& setup, uint64_t seed)
    : CardPair(name, params.nic, params.cable, seed), script_("script", kScriptStackBytes) {
  for (const Side side : {kA, kB}) {
    hosts_[side] = std::make_unique<HostSystem>(kHostNames[side], params.host, events());
    hosts_[side]->mmio_socket.bind(nic(side).endpoint().mmio);
    nic(side).endpoint().dma_socket.bind(hosts_[side]->memory_socket);
    drivers_[side] = std::make_unique<host::Driver>(*hosts_[side], driver_config(params, setup));
  }
}

Platform::~Platform() = default;

}  // namespace pspnic::bench
