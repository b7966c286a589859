// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/driver_clock.h"

#include <gtest/gtest.h>

#include <vector>

namespace pspnic::dpdk {
namespace {

using sc_core::SC_NS;
using sc_core::sc_time;

class CheckedClock : public DriverClock {
 public:
  void lock() override {
    EXPECT_EQ(depth_++, 0);
    // What another thread adds before we have the lock passes in this wait, too.
    set_ahead(ahead() + sc_time(5, SC_NS));
  }
  void unlock() override { EXPECT_EQ(--depth_, 0); }

  std::vector<sc_time> passed;

 private:
  void pass(const sc_time& duration) override {
    EXPECT_EQ(depth_, 1);
    EXPECT_EQ(ahead(), sc_core::SC_ZERO_TIME);
    passed.push_back(duration);
  }

  int depth_ = 0;
};

TEST(DriverClock, AWaitHoldsTheLockFromReadingTheAccountToTheEnd) {
  CheckedClock clock;
  clock.set_ahead(sc_time(100, SC_NS));
  clock.wait_for(sc_time(1000, SC_NS));
  clock.wait_for(sc_time(1000, SC_NS));
  EXPECT_EQ(clock.passed, (std::vector<sc_time>{sc_time(1105, SC_NS), sc_time(1005, SC_NS)}));
}

}  // namespace
}  // namespace pspnic::dpdk
