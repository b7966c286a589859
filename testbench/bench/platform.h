// SPDX-License-Identifier: Apache-2.0
// The bench: two hosts, each with a card and a driver, the cards joined by a cable.
#pragma once

#include <array>
#include <exception>
#include <functional>
#include <memory>
#include <systemc>

#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/params.h"
#include "model/base/stats.h"
#include "model/nic/nic.h"
#include "model/nic/nic_params.h"
#include "testbench/bench/cable.h"
#include "testbench/bench/host_system.h"
#include "testbench/host/driver.h"

namespace pspnic::bench {

enum Side : unsigned { kA = 0, kB = 1 };
inline constexpr unsigned kSides = 2;
constexpr Side other(Side side) {
  return side == kA ? kB : kA;
}

struct PlatformParams {
  nic::NicParams nic;
  HostParams host;
  CableParams cable;

  void add_to(base::ParamTree& tree) {
    tree.add("nic", nic);
    tree.add("host", host);
    tree.add("cable", cable);
  }
};

// What the drivers shall be like for a run.
struct DriverSetup {
  uint16_t mtu = 1500;
  bool tso = false;
  uint32_t psp_versions = 0xf;
};

class Platform : public sc_core::sc_module {
 public:
  Platform(const sc_core::sc_module_name& name, const PlatformParams& params, const DriverSetup& setup,
           uint64_t seed);
  ~Platform() override;

  base::EventQueue& events() { return events_; }
  nic::Nic& nic(Side side) { return *nics_[side]; }
  const nic::Nic& nic(Side side) const { return *nics_[side]; }
  host::Driver& driver(Side side) { return *drivers_[side]; }
  // The direction that starts at `side`.
  Cable& cable(Side side) { return *cables_[side]; }
  const base::StatGroup& stats() const { return root_; }
  base::Time now() const { return events_.now(); }

  // Runs `script` as a process that may let time pass, and the simulation until nothing is left to happen.
  // Throws what the script throws.
  void run(std::function<void()> script);
  // Stops run() from within an event; the next run() goes on.
  void pause() { events_.pause(); }

  // A measured window: from begin_window() to finish(); then the statistics hold.
  void begin_window();
  void finish();
  base::Time window() const { return window_end_ - window_begin_; }

 private:
  void script_process();

  PlatformParams params_;
  base::StatGroup root_{""};
  base::PacketPool pool_;
  base::EventQueue events_;
  std::array<std::unique_ptr<Cable>, kSides> cables_;
  std::array<std::unique_ptr<nic::Nic>, kSides> nics_;
  std::array<std::unique_ptr<HostSystem>, kSides> hosts_;
  std::array<std::unique_ptr<host::Driver>, kSides> drivers_;

  base::Time window_begin_ = 0;
  base::Time window_end_ = 0;
  std::function<void()> script_;
  std::exception_ptr failure_;
  sc_core::sc_event script_given_;
};

}  // namespace pspnic::bench
