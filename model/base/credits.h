// SPDX-License-Identifier: Apache-2.0
// Credits of a bounded buffer: how many units (items or bytes) are out, and when those come back.
//
// A claim takes units; a release says when they return: at once, when the time is known though it lies in the
// future, or in the callback that ends the use. Both may be mixed in one pool, and releases may be given in
// any order.
//
// Claims are served in order: none is granted earlier than the one before it, even if it is smaller.
// Costs a few nanoseconds a call; memory grows to the largest number of releases under way at once and then
// stays.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/base/time.h"

namespace pspnic::base {

class Credits {
 public:
  // `capacity` in units, at least 1 (std::invalid_argument).
  explicit Credits(uint64_t capacity);

  uint64_t capacity() const { return capacity_; }

  // Earliest time, at or after `now` and the last claim, at which `weight` units are free. kNever: it depends
  // on units whose release is not known yet, or `weight` exceeds the capacity. Changes nothing.
  Time available(Time now, uint64_t weight) const {
    const Time earliest = std::max(now, last_claim_);
    if (weight <= capacity_ - out_) return earliest;
    return available_later(earliest, weight);
  }

  // Takes `weight` units at available(now, weight) and returns that time. kNever: nothing was taken.
  Time claim(Time now, uint64_t weight) {
    if (weight > capacity_ - out_) {
      if (weight > capacity_ - unscheduled_) return kNever;
      wait_for(weight);
    }
    out_ += weight;
    unscheduled_ += weight;
    last_claim_ = std::max(now, last_claim_);
    take_back();
    return last_claim_;
  }

  // Takes `weight` units if they are free at `now`; else nothing.
  bool try_claim(Time now, uint64_t weight) {
    if (available(now, weight) > now) return false;
    claim(now, weight);
    return true;
  }

  // `weight` units claimed earlier are free from `when` on (past or future). Giving back more than is out is
  // a std::logic_error.
  void release(Time when, uint64_t weight) {
    // One test for all that is rare: out of order, a full ring, nothing to release, too much.
    if (when < newest_ || tail_ - head_ > mask_ || weight - 1 >= unscheduled_) [[unlikely]] {
      release_rare(when, weight);
      return;
    }
    unscheduled_ -= weight;
    newest_ = when;
    ring_[tail_++ & mask_] = {when, weight};
  }

  // Units out at `now`, which must not lie before the last claim.
  uint64_t out(Time now) const;

  // Units out whose release is not known yet.
  uint64_t unscheduled() const { return unscheduled_; }

 private:
  struct Release {
    Time when;
    uint64_t weight;
  };

  // Drops what is free by the last claim. Not needed before the pool runs out; but a ring that stays short
  // stays in the cache.
  void take_back() {
    const Release* const ring = ring_.data();
    for (; head_ != tail_ && ring[head_ & mask_].when <= last_claim_; ++head_) {
      out_ -= ring[head_ & mask_].weight;
    }
  }
  [[gnu::noinline]] Time available_later(Time earliest, uint64_t weight) const;
  [[gnu::cold]] void release_rare(Time when, uint64_t weight);
  [[gnu::cold]] void make_room();

  // Drops as many releases as it takes until `weight` units are free.
  void wait_for(uint64_t weight) {
    const Release* const ring = ring_.data();
    size_t head = head_;
    uint64_t out = out_;
    Time when = 0;
    do {
      const Release& first = ring[head++ & mask_];
      out -= first.weight;
      when = first.when;
    } while (weight > capacity_ - out);
    head_ = head;
    out_ = out;
    last_claim_ = std::max(last_claim_, when);
  }

  uint64_t capacity_;
  uint64_t out_ = 0;          // claimed, and not yet dropped from the ring
  uint64_t unscheduled_ = 0;  // part of it without a release time
  Time last_claim_ = 0;
  Time newest_ = 0;
  size_t head_ = 0;  // head and tail run freely; the ring holds releases in order of time
  size_t tail_ = 0;
  size_t mask_;
  std::vector<Release> ring_;
};

// The same for a buffer of `capacity` items that leave in the order in which they came: one return time a
// slot, and the next item gets the slot whose turn it is. Several times cheaper than Credits; only claims
// followed at once by the release they belong to.
class Slots {
 public:
  explicit Slots(uint32_t capacity) : capacity_(capacity), free_at_(new Time[capacity]()) {}

  // Earliest time, at or after `now`, at which a slot is free. Changes nothing.
  Time available(Time now) const { return std::max(now, free_at_[next_]); }

  // Takes that slot until `when`, not before the time given for the item before.
  void hold(Time when) {
    free_at_[next_] = when;
    next_ = next_ + 1 == capacity_ ? 0 : next_ + 1;
  }

 private:
  uint32_t next_ = 0;
  uint32_t capacity_;
  std::unique_ptr<Time[]> free_at_;
};

}  // namespace pspnic::base
