// SPDX-License-Identifier: Apache-2.0
// DPDK's environment layer: without huge pages, shared files, telemetry or root, on any processor this
// process may use, and with its waits mapped to simulated time. The PCI bus is probed in here, so drivers
// attach in the constructor. A process can have one, once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "testbench/dpdk/driver_clock.h"

namespace pspnic::dpdk {

// From now on DPDK's rte_delay_us() and what stands on it lets time pass on `clock`. Before or after the EAL.
void redirect_waits(DriverClock& clock);

class Eal {
 public:
  struct Options {
    unsigned memory_mb = 512;
    std::vector<std::string> devices;  // "0000:be:00.0", behind a comma the driver's arguments
    std::filesystem::path scratch;     // for its run-time files
    uint64_t seed = 1;                 // of DPDK's random numbers: the driver's own RSS key
    std::string log_level = "*:warning";
    std::function<void()> at_end = {};  // its memory is gone
  };

  // std::runtime_error with DPDK's reason. The waits of drivers must be redirected already.
  explicit Eal(const Options& options);
  ~Eal();
  Eal(const Eal&) = delete;
  Eal& operator=(const Eal&) = delete;

 private:
  std::function<void()> at_end_;
};

}  // namespace pspnic::dpdk
