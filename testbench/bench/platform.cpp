// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/platform.h"

#include <algorithm>

namespace pspnic::bench {

namespace {

constexpr size_t kScriptStackBytes = 1024 * 1024;
constexpr uint32_t kBufferStep = 128;
constexpr const char* kBorderNames[kSides] = {"border_a", "border_b"};
constexpr const char* kHostNames[kSides] = {"host_a", "host_b"};
constexpr const char* kFaultNames[kSides] = {"faults_a", "faults_b"};

nic::NicParams nic_params(const PlatformParams& params) {
  nic::NicParams nic = params.nic;
  nic.payload = params.simulation.payload;
  return nic;
}

host::DriverConfig driver_config(const PlatformParams& params, const DriverSetup& setup) {
  host::DriverConfig config;
  const std::vector<unsigned> pairs = queue_pairs_of_vports(params.host);
  config.queue_pairs = pairs.front();
  config.more_vports.assign(pairs.begin() + 1, pairs.end());
  config.tx_ring = config.rx_ring = config.buffer_ring = static_cast<uint16_t>(params.host.ring / 32 * 32);
  // Merged frames take buffers of one queue, others of the other one, and all complete in one ring.
  constexpr unsigned kLongestRing = 8160;
  if (params.host.gro) config.rx_ring = static_cast<uint16_t>(std::min(kLongestRing, 2u * config.rx_ring));
  config.gro = params.host.gro;
  config.header_split = params.host.header_split;
  config.psp_strip_headers = params.host.strip_headers;
  config.key_modes = key_modes_of_queues(params.host);
  config.config_queue_poll_ps = params.host.psp.config_queue_poll.ps;
  config.mtu = setup.mtu;
  config.tso = setup.tso;
  config.psp_versions = setup.psp_versions;
  config.byte_queues = setup.byte_queues;
  config.payload = params.simulation.payload;
  config.psp_capture = params.host.psp_capture;
  config.psp_sample = params.host.psp_sample;
  config.psp_device_rotates = params.host.psp.device_rotates;
  config.itr_us = static_cast<uint32_t>(params.host.itr.ps / base::kUs);
  if (params.faults.any()) config.watchdog_ps = params.host.watchdog.ps;
  // One buffer holds any frame of the MTU, headers and VLAN tags included.
  const uint32_t frame = setup.mtu + 22u;
  config.buffer_bytes = std::max(2048u, (frame + kBufferStep - 1) / kBufferStep * kBufferStep);
  return config;
}

}  // namespace

Platform::Platform(const sc_core::sc_module_name& name, const PlatformParams& params,
                   const DriverSetup& setup, uint64_t seed, const BorderListeners& listeners)
    : CardPair(name, nic_params(params), params.cable, seed),
      params_(params),
      script_("script", kScriptStackBytes) {
  events().stop_for_background(true);
  for (const Side side : {kA, kB}) {
    hosts_[side] = std::make_unique<HostSystem>(kHostNames[side], params.host, events());
    attach_host(side, listeners[side]);
    drivers_[side] =
        std::make_unique<HostDrivers>(*hosts_[side], driver_config(params, setup), params.host.vfs);
    if (params.faults.any()) make_faults(side, seed);
  }
}

void Platform::attach_host(Side side, record::Listener* listener) {
  if (listener != nullptr) {
    borders_[side] = std::make_unique<Border>(
        kBorderNames[side], Border::Ports{events(), *hosts_[side], nic(side).endpoint(), *listener},
        owner_of(side));
    return;
  }
  hosts_[side]->mmio_socket.bind(nic(side).endpoint().mmio);
  nic(side).endpoint().dma_socket.bind(hosts_[side]->memory_socket);
}

bool Platform::has_faults(Side side) const {
  if (params_.faults.card == FaultParams::Card::kBoth) return params_.faults.any();
  return params_.faults.any() && (params_.faults.card == FaultParams::Card::kA) == (side == kA);
}

// Either side's function may have to be reset, so either has a watchdog; only one may have faults.
void Platform::make_faults(Side side, uint64_t seed) {
  if (!recovery_) recovery_ = std::make_unique<Recovery>("recovery", kScriptStackBytes, events());
  alarms_[side].platform = this;
  alarms_[side].side = side;
  drivers_[side]->set_watchdog_listener(&alarms_[side]);
  const FaultParams none;
  injectors_[side] = std::make_unique<FaultInjector>(stat_root(), kFaultNames[side],
                                                     has_faults(side) ? params_.faults : none, seed);
  nic(side).endpoint().dma().set_fault_source(injectors_[side].get());
  nic(side).set_stalls(&injectors_[side]->lanes(), &injectors_[side]->units());
  hosts_[side]->set_doorbell_faults(injectors_[side].get());
}

void Platform::arm_faults(Recovery::Action recover) {
  if (!recovery_) return;
  recovery_->set_action([this, recover = std::move(recover)](Side side) {
    injectors_[side]->count_reset();
    recover(side);
    schedule_reset(side);
  });
  for (const Side side : {kA, kB}) {
    injectors_[side]->arm(true);
    resets_left_[side] = has_faults(side) ? params_.faults.reset.times : 0;
    schedule_reset(side);
  }
}

void Platform::disarm_faults() {
  for (const auto& injector : injectors_) {
    if (injector) injector->arm(false);
  }
}

void Platform::schedule_reset(Side side) {
  if (params_.faults.reset.after.ps == 0 || resets_left_[side] == 0 || reset_scheduled_[side]) return;
  reset_scheduled_[side] = true;
  resets_left_[side]--;
  events().schedule_look(events().now() + params_.faults.reset.after.ps,
                         base::Callback::to<&Platform::on_reset_due>(*this), side);
}

void Platform::on_reset_due(uint64_t side) {
  reset_scheduled_[side] = false;
  recovery_->want(static_cast<Side>(side));
}

Platform::~Platform() = default;

}  // namespace pspnic::bench
