// SPDX-License-Identifier: Apache-2.0
// Simulated time as drivers spend it. A register access costs time at once, but the driver cannot wait in the
// middle of one: the time is kept here and passes at the next wait. There is one account for all drivers of a
// simulation, so who hands over without a wait leaves the time to the one that waits next.
#pragma once

#include <mutex>
#include <systemc>
#include <utility>

namespace pspnic::dpdk {

class DriverClock {
 public:
  virtual ~DriverClock() = default;

  // Whoever enters the model holds this, as often as it likes: for std::lock_guard. Where all drivers run in
  // SystemC's own thread there is nothing to lock.
  virtual void lock() {}
  virtual void unlock() {}

  // By how much the drivers are ahead of the SystemC kernel. With the lock.
  sc_core::sc_time ahead() const { return ahead_; }
  void set_ahead(const sc_core::sc_time& ahead) { ahead_ = ahead; }

  // Lets `duration` pass, and what the drivers are ahead.
  void wait_for(const sc_core::sc_time& duration) {
    const std::lock_guard<DriverClock> held(*this);
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
