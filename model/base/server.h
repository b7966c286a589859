// SPDX-License-Identifier: Apache-2.0
// Identical servers side by side (AES lanes, KDF units): which one is free first, and when.
//
// Two numbers describe a service: `occupancy`, after which the server takes the next item, and `latency`,
// after which the result leaves. A pipelined unit has latency > occupancy; one that still writes back or
// cools down after the result has left has latency < occupancy.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "model/base/time.h"

namespace pspnic::base {

struct Service {
  Time occupancy = 0;
  Time latency = 0;
};

class Servers {
 public:
  static constexpr unsigned kMax = 64;

  // `count` in 1..kMax (std::invalid_argument).
  explicit Servers(unsigned count);

  unsigned count() const { return count_; }

  // The server that is free first, the lowest index among equals, and when that is.
  unsigned first() const { return first_; }
  Time first_free_at() const { return first_free_at_; }

  Time free_at(unsigned server) const { return count_ == 1 ? first_free_at_ : free_at_[server]; }

  // The one that is free first takes nothing else before `until`.
  void occupy(Time until) {
    if (count_ == 1) {  // the vector is not touched
      first_free_at_ = until;
    } else {
      free_at_[first_] = until;
      find_first();
    }
  }

  // For a record of what another Servers did: the order in which these are free is found by settle().
  void occupy_later(unsigned server, Time until) {
    if (count_ == 1) {
      first_free_at_ = until;
    } else {
      free_at_[server] = until;
    }
  }
  void settle() {
    if (count_ > 1) find_first();
  }

  // Time during [begin, end) in which servers stand free, summed over the servers. Exact as long as nothing
  // that started after `begin` has been entered.
  Time idle_between(Time begin, Time end) const {
    Time sum = 0;
    if (end <= first_free_at_) return 0;
    for (unsigned i = 0; i < count_; ++i) {
      const Time from = std::max(free_at(i), begin);
      if (end > from) sum += end - from;
    }
    return sum;
  }

  // Time after `now` for which the servers are already taken, summed over the servers.
  Time overhang(Time now) const {
    Time sum = 0;
    for (unsigned i = 0; i < count_; ++i) sum += free_at(i) > now ? free_at(i) - now : 0;
    return sum;
  }

 private:
  void find_first() {
    unsigned best = 0;
    for (unsigned i = 1; i < count_; ++i) best = free_at_[i] < free_at_[best] ? i : best;
    first_ = best;
    first_free_at_ = free_at_[best];
  }

  unsigned count_;
  unsigned first_ = 0;
  Time first_free_at_ = 0;
  std::vector<Time> free_at_;  // of more than one
};

}  // namespace pspnic::base
