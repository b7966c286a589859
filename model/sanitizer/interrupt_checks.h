// SPDX-License-Identifier: Apache-2.0
// Interrupt vectors: armed again in time, and messages that can be sent.
//
// A driver that writes registers is awake, and may be polling: time counts from its last write on.
#pragma once

#include <cstdint>
#include <vector>

#include "model/sanitizer/alarm.h"
#include "model/sanitizer/reporter.h"

namespace pspnic::sanitizer {

class InterruptChecks {
 public:
  InterruptChecks(Reporter& reporter, base::Time timeout);

  void cause(uint16_t vector, bool enabled);
  void fired(uint16_t vector);
  void written(uint16_t vector, uint32_t value);
  void entry_written(uint16_t vector, bool address_or_data, bool live);
  void raised(uint16_t vector, bool masked);
  // Nothing happens any more: what is open will not end.
  void end() { look(true); }
  void reset() { vectors_.clear(); }
  void reset(uint16_t first, uint16_t count);

 private:
  struct Vector {
    bool fired = false;
    bool wb_on_itr = false;
    Lapse unarmed;  // with work
    Lapse masked;   // with a message
  };
  Vector& at(uint16_t vector) {
    if (vector >= vectors_.size()) vectors_.resize(vector + 1u);
    return vectors_[vector];
  }
  void begin(Lapse& lapse);
  void on_alarm(uint64_t) { look(false); }
  void look(bool end);
  // When to look again.
  base::Time check(Lapse& lapse, base::DriverRule rule, uint16_t vector, bool end);

  Reporter& reporter_;
  base::Time timeout_;
  Alarm alarm_;
  std::vector<Vector> vectors_;
};

}  // namespace pspnic::sanitizer
