// SPDX-License-Identifier: Apache-2.0
// What a driver is late with: a clock that looks when the first time limit passes, so that nothing is asked
// while packets go by.
//
// Its events are of the background and nobody's: they keep no run going, are no work, and no recording counts
// them.
#pragma once

#include <algorithm>

#include "model/base/event_queue.h"

namespace pspnic::sanitizer {

// Something that the driver has to do, since when, ps; kNever: nothing.
struct Lapse {
  base::Time since = base::kNever;
  bool told = false;  // its report has been made

  bool begun() const { return since != base::kNever; }
  bool open() const { return begun() && !told; }
  void end() { *this = {}; }
};

class Alarm {
 public:
  // `look` is called at the earliest of the times set, and these are then forgotten.
  Alarm(base::EventQueue& events, base::Callback look) : events_(events), look_(look) {}
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  // kNever: does nothing.
  void set(base::Time when) {
    if (when >= next_) return;
    next_ = when;
    const base::OwnedBy nobody(events_, base::EventQueue::kNobody);
    events_.schedule_background(when, base::Callback::to<&Alarm::fire>(*this), when);
  }

 private:
  void fire(uint64_t when) {
    if (when != next_) return;  // an earlier one took its place
    next_ = base::kNever;
    look_(when);
  }

  base::EventQueue& events_;
  base::Callback look_;
  base::Time next_ = base::kNever;
};

}  // namespace pspnic::sanitizer
