// SPDX-License-Identifier: Apache-2.0
// Brings functions up again in the middle of a run: a SystemC thread beside the script, in which a driver may
// let time pass. One side after the other, because the two exchange keys.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <systemc>
#include <vector>

#include "model/base/event_queue.h"
#include "testbench/bench/card_pair.h"

namespace pspnic::bench {

class Recovery : public sc_core::sc_module {
 public:
  // What recovers a side; throws host::DriverError when it has not worked, and is then tried again.
  using Action = std::function<void(Side)>;
  static constexpr unsigned kMostAttempts = 32;  // in a row

  Recovery(const sc_core::sc_module_name& name, size_t stack_bytes, base::EventQueue& events);

  void set_action(Action action) { action_ = std::move(action); }
  // From an event: the side shall be recovered, now or when what is being recovered is done. A side that is
  // waiting or being recovered already is not recovered twice.
  void want(Side side);

  // Texts of sides that were given up.
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  void process();
  void attempt(Side side);

  base::EventQueue& events_;
  Action action_;
  sc_core::sc_event wanted_event_;
  std::array<bool, kSides> wanted_{};
  std::array<unsigned, kSides> attempts_{};
  std::vector<std::string> failures_;
};

}  // namespace pspnic::bench
