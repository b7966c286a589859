// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/recovery.h"

#include <exception>

namespace pspnic::bench {

Recovery::Recovery(const sc_core::sc_module_name& name, size_t stack_bytes, base::EventQueue& events)
    : sc_module(name), events_(events) {
  SC_HAS_PROCESS(Recovery);
  SC_THREAD(process);
  set_stack_size(stack_bytes);
}

void Recovery::want(Side side) {
  if (wanted_[side] || attempts_[side] >= kMostAttempts) return;
  wanted_[side] = true;
  wanted_event_.notify(events_.offset());
}

void Recovery::process() {
  while (true) {
    wait(wanted_event_);
    while (wanted_[kA] || wanted_[kB]) {
      for (const Side side : {kA, kB}) {
        if (wanted_[side]) attempt(side);
      }
    }
  }
}

void Recovery::attempt(Side side) {
  std::string failure;
  try {
    action_(side);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (failure.empty()) {
    wanted_[side] = false;
    attempts_[side] = 0;
  } else if (++attempts_[side] == kMostAttempts) {
    wanted_[side] = false;
    failures_.push_back(std::string(side == kA ? "nic_a" : "nic_b") + " did not come up again: " + failure);
  }
}

}  // namespace pspnic::bench
