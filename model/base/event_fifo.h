// SPDX-License-Identifier: Apache-2.0
// Events of one source that come in the order in which they were scheduled: only the first stands in the
// event queue, which stays small, and small is fast.
#pragma once

#include <algorithm>

#include "model/base/event_queue.h"
#include "model/base/ring.h"

namespace pspnic::base {

class EventFifo {
 public:
  // `callback` is called once for each push(), in order, with the argument pushed.
  EventFifo(EventQueue& events, Callback callback) : events_(events), callback_(callback) {}
  EventFifo(const EventFifo&) = delete;
  EventFifo& operator=(const EventFifo&) = delete;

  // `when` before an earlier push counts as that time.
  void push(Time when, uint64_t argument = 0) {
    last_ = std::max(when, last_);
    waiting_.push({last_, argument});
    if (waiting_.size() == 1) events_.schedule(last_, Callback::to<&EventFifo::fire>(*this), epoch_);
  }

  // What has not fired yet never will.
  void clear() {
    waiting_.clear();
    last_ = 0;
    ++epoch_;
  }

  bool empty() const { return waiting_.empty(); }

 private:
  struct Entry {
    Time when = 0;
    uint64_t argument = 0;
  };

  void fire(uint64_t epoch) {
    if (epoch != epoch_) return;
    const Entry entry = waiting_.pop();
    if (!waiting_.empty()) events_.again(waiting_.front().when, epoch_);
    callback_(entry.argument);
  }

  EventQueue& events_;
  Callback callback_;
  Ring<Entry> waiting_;
  Time last_ = 0;
  uint64_t epoch_ = 0;
};

}  // namespace pspnic::base
