// SPDX-License-Identifier: Apache-2.0
// The bench: two hosts, each with a card and drivers of its functions, the cards joined by a cable.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <systemc>
#include <utility>

#include "model/base/params.h"
#include "model/nic/nic_params.h"
#include "testbench/bench/border.h"
#include "testbench/bench/cable.h"
#include "testbench/bench/card_pair.h"
#include "testbench/bench/fault_injector.h"
#include "testbench/bench/host_drivers.h"
#include "testbench/bench/host_system.h"
#include "testbench/bench/recovery.h"
#include "testbench/bench/script.h"
#include "testbench/host/driver.h"

namespace pspnic::bench {

// How the simulation gets at its results; nothing of it changes them.
struct SimulationParams {
  net::Payload payload = net::Payload::kBytes;

  template <class Visitor>
  void describe(Visitor& v) {
    v.choice("payload", payload, {{"bytes", net::Payload::kBytes}, {"lengths", net::Payload::kLengths}},
             "What is carried of packets. lengths: headers alone; nothing is encrypted, no payload compared",
             "bytes shows what a peer would get; lengths gives the same report sooner",
             base::ParamScope::kMachine);
  }
};

struct PlatformParams {
  SimulationParams simulation;
  nic::NicParams nic;
  HostParams host;
  CableParams cable;
  FaultParams faults;

  void add_to(base::ParamTree& tree) {
    tree.add("nic", nic);
    tree.add("host", host);
    tree.add("cable", cable);
    tree.add("faults", faults);
    tree.add("", simulation);
  }
};

// What the drivers shall be like for a run.
struct DriverSetup {
  uint16_t mtu = 1500;
  bool tso = false;
  uint32_t psp_versions = 0xf;
  bool byte_queues = false;
};

class Platform : public CardPair {
 public:
  Platform(const sc_core::sc_module_name& name, const PlatformParams& params, const DriverSetup& setup,
           uint64_t seed, const BorderListeners& listeners = {});
  ~Platform() override;

  // The physical function's.
  host::Driver& driver(Side side) { return drivers_[side]->driver(0); }
  HostDrivers& drivers(Side side) { return *drivers_[side]; }
  // Null without faults.*.
  const FaultInjector* faults(Side side) const { return injectors_[side].get(); }
  const Recovery* recovery() const { return recovery_.get(); }
  net::Payload payload() const { return params_.simulation.payload; }

  // With faults.*: they act from now on, and `recover` brings the driver of a side up again.
  void arm_faults(Recovery::Action recover);
  void disarm_faults();

  // Runs `script` as a process that may let time pass, and the simulation until nothing is left to happen.
  // Throws what the script throws.
  void run(std::function<void()> script) { script_.run(std::move(script)); }

 private:
  // Calls for a reset of its side.
  struct Alarm : host::WatchdogListener {
    Platform* platform = nullptr;
    Side side = kA;
    void on_stuck() override { platform->recovery_->want(side); }
  };
  bool has_faults(Side side) const;
  void attach_host(Side side, record::Listener* listener);
  void make_faults(Side side, uint64_t seed);
  void schedule_reset(Side side);
  void on_reset_due(uint64_t side);

  PlatformParams params_;
  std::array<std::unique_ptr<HostSystem>, kSides> hosts_;
  std::array<std::unique_ptr<Border>, kSides> borders_;  // null: host and card know each other
  std::array<std::unique_ptr<HostDrivers>, kSides> drivers_;
  std::array<std::unique_ptr<FaultInjector>, kSides> injectors_;
  std::array<Alarm, kSides> alarms_;
  std::array<unsigned, kSides> resets_left_{};
  std::array<bool, kSides> reset_scheduled_{};
  std::unique_ptr<Recovery> recovery_;
  Script script_;
};

}  // namespace pspnic::bench
