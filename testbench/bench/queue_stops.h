// SPDX-License-Identifier: Apache-2.0
// Why queues of a host stood still though there was something to send, and for how long.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "model/base/time.h"

namespace pspnic::bench {

// Why a queue gets no more frames for now.
enum class Stop : uint8_t { kNone, kRing, kWindow, kCount };

class QueueStops {
 public:
  void resize(size_t queues) { stopped_.resize(queues); }

  // From `now` on the queue stands still for this reason; kNone: it does not.
  void note(unsigned queue, Stop why, base::Time now) {
    Stopped& stopped = stopped_[queue];
    if (stopped.why != Stop::kNone) time_[static_cast<size_t>(stopped.why)] += now - stopped.since;
    stopped = {why, now};
  }

  // The share of `window` in which queues stood still for this reason, the mean of `used` queues.
  double share(Stop why, base::Time window, size_t used) const {
    const size_t queues = std::min(stopped_.size(), used);
    if (window == 0 || queues == 0) return 0;
    return static_cast<double>(time_[static_cast<size_t>(why)]) / static_cast<double>(window) /
           static_cast<double>(queues);
  }

 private:
  struct Stopped {
    Stop why = Stop::kNone;
    base::Time since = 0;
  };
  std::vector<Stopped> stopped_;                                      // by queue
  std::array<base::Time, static_cast<size_t>(Stop::kCount)> time_{};  // of all queues
};

}  // namespace pspnic::bench
