// SPDX-License-Identifier: Apache-2.0
// Simulated time as a driver spends it. Its register accesses cost time at once, but the driver cannot wait
// in the middle of one: the time is kept here and let pass at its next wait. What runs a driver lets it pass
// before it hands the processor to anybody else, so one account serves all drivers of a simulation.
#pragma once

#include <systemc>
#include <utility>

namespace pspnic::dpdk {

class DriverClock {
 public:
  virtual ~DriverClock() = default;

  // By how much the running driver is ahead of the SystemC kernel.
  sc_core::sc_time ahead() const { return ahead_; }
  void set_ahead(const sc_core::sc_time& ahead) { ahead_ = ahead; }

  // Lets `duration` pass, and what the driver is ahead.
  void wait_for(const sc_core::sc_time& duration) {
    pass(duration + std::exchange(ahead_, sc_core::SC_ZERO_TIME));
  }

 private:
  virtual void pass(const sc_core::sc_time& duration) = 0;

  sc_core::sc_time ahead_;
};

// For drivers that run in SystemC threads.
class ThreadClock : public DriverClock {
 private:
  void pass(const sc_core::sc_time& duration) override { sc_core::wait(duration); }
};

}  // namespace pspnic::dpdk
