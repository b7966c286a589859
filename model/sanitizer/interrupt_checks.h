// SPDX-License-Identifier: Apache-2.0
// Interrupt vectors: armed again in time, and messages that can be sent.
//
// Time is looked at when there is more work, so that no check makes an event. A driver that writes registers
// is awake, and may be polling.
#pragma once

#include <cstdint>
#include <vector>

#include "model/sanitizer/reporter.h"

namespace pspnic::sanitizer {

class InterruptChecks {
 public:
  InterruptChecks(Reporter& reporter, base::Time timeout) : reporter_(reporter), timeout_(timeout) {}

  void cause(uint16_t vector, bool enabled);
  void fired(uint16_t vector);
  void written(uint16_t vector, uint32_t value);
  void entry_written(uint16_t vector, bool address_or_data, bool live);
  void raised(uint16_t vector, bool masked);
  void reset() { vectors_.clear(); }

 private:
  struct Vector {
    bool fired = false;
    bool wb_on_itr = false;
    base::Time unarmed_since = base::kNever;  // with work
    base::Time masked_since = base::kNever;   // with a message
  };
  Vector& at(uint16_t vector) {
    if (vector >= vectors_.size()) vectors_.resize(vector + 1u);
    return vectors_[vector];
  }
  bool too_long(base::Time since) const;
  void report(base::DriverRule rule, uint16_t vector, base::Time since);

  Reporter& reporter_;
  base::Time timeout_;
  std::vector<Vector> vectors_;
};

}  // namespace pspnic::sanitizer
