// SPDX-License-Identifier: Apache-2.0
// Two hosts, two cards, a cable, as in bench::Platform, but with DPDK's drivers on one host or both. On the
// others runs the driver of testbench/host.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "testbench/bench/platform.h"
#include "testbench/dpdk/eal.h"
#include "testbench/dpdk/fake_pci_bus.h"
#include "testbench/dpdk/host.h"
#include "testbench/dpdk/machine.h"

namespace pspnic::dpdk {

struct BenchOptions {
  bench::PlatformParams params;
  std::array<bool, kSides> dpdk = {true, true};
  // Arguments of the DPDK driver behind the slot, "tx_single=1,rx_single=1".
  std::array<std::string, kSides> arguments;
  unsigned memory_mb = 512;
  uint64_t seed = 1;
};

class DpdkBench : public bench::CardPair {
 public:
  DpdkBench(const sc_core::sc_module_name& name, const BenchOptions& options);
  ~DpdkBench() override;

  DpdkHost& dpdk_host(Side side) { return *dpdk_hosts_[side]; }
  bench::HostSystem& own_host(Side side) { return *own_hosts_[side]; }

  // Starts the EAL, which probes both cards, runs `script`, and stops the EAL. Once.
  void run(const std::function<void()>& script);

  // Runs all of these at the same simulated time, each as a process, as on a processor of its own; returns
  // when the last has ended, and throws what the first threw that failed. From the script.
  void run_together(const std::vector<std::function<void()>>& programs);

  // Lets simulated time pass, with what register accesses have taken. From the script or a program.
  void wait_for(base::Time duration) { clock_.wait_for(sc_core::sc_time::from_value(duration)); }

 private:
  BenchOptions options_;
  ThreadClock clock_;
  std::array<std::unique_ptr<DpdkHost>, kSides> dpdk_hosts_;
  std::array<std::unique_ptr<bench::HostSystem>, kSides> own_hosts_;
  FakePciBus bus_;
  bench::Script script_;
};

}  // namespace pspnic::dpdk
