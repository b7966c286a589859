// SPDX-License-Identifier: Apache-2.0
// What benchmarks of drivers have in common.
#pragma once

#include <time.h>

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "testbench/host/driver.h"

namespace pspnic::bench {

// CPU time of this process, in ns.
inline double cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Of at least one value; the upper of the middle two.
inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Stands in the drivers for one workload after another.
class SwitchedStack : public host::Stack {
 public:
  void set(host::Stack* stack) { stack_ = stack; }
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    stack_->on_receive(frame, info);
  }
  void on_sent(unsigned queue, uint64_t cookie) override { stack_->on_sent(queue, cookie); }
  void on_transmit_room(unsigned queue) override {
    if (stack_ != nullptr) stack_->on_transmit_room(queue);
  }

 private:
  host::Stack* stack_ = nullptr;
};

}  // namespace pspnic::bench
