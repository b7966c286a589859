// SPDX-License-Identifier: Apache-2.0
// Interrupt vectors: armed again in time, and messages that can be sent.
//
// A driver that works on what a vector stands for may be polling: time counts from its last write on, of the
// vector's registers, of tails of the queues mapped to it or answered there, and for the mailbox's vector of
// all that belongs to no queue.
#pragma once

#include <cstdint>
#include <unordered_map>
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
  void reset();
  void reset(uint16_t first, uint16_t count);

  // 0xffff: the queue is not mapped.
  void mapped(base::Site ring, uint16_t vector);
  // What is handed over in a ring is answered in another one.
  void answered(base::Site ring, base::Site by);
  void ended(base::Site ring) { answers_.erase(ring.key()); }
  void acted(base::Site ring);
  void acted(uint16_t vector) { at(vector).acted = reporter_.now(); }

 private:
  struct Vector {
    bool fired = false;
    bool wb_on_itr = false;
    base::Time acted = 0;  // its driver, last
    Lapse unarmed;         // with work
    Lapse masked;          // with a message
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
  void act_for(uint64_t key);

  Reporter& reporter_;
  base::Time timeout_;
  Alarm alarm_;
  std::vector<Vector> vectors_;
  std::unordered_map<uint64_t, uint16_t> mapped_;                // by ring
  std::unordered_map<uint64_t, std::vector<uint64_t>> answers_;  // rings, by ring
};

}  // namespace pspnic::sanitizer
