// SPDX-License-Identifier: Apache-2.0
#include "model/base/credits.h"

#include <bit>
#include <stdexcept>

namespace pspnic::base {

namespace {

// Entries of the ring at the start; 2 KiB, so that a small buffer never grows and a large one starts small.
constexpr size_t kInitialRing = 128;

}  // namespace

Credits::Credits(uint64_t capacity) : capacity_(capacity) {
  if (capacity == 0) throw std::invalid_argument("Credits: capacity is 0, must be at least 1");
  const size_t entries =
      capacity < kInitialRing ? std::bit_ceil(static_cast<size_t>(capacity)) : kInitialRing;
  ring_.resize(entries);
  mask_ = entries - 1;
}

Time Credits::available_later(Time earliest, uint64_t weight) const {
  // Written so that no sum can wrap around: unscheduled_ <= out_ <= capacity_.
  if (weight > capacity_ - unscheduled_) return kNever;
  uint64_t out = out_;
  size_t at = head_;
  do {
    const Release& release = ring_[at++ & mask_];
    out -= release.weight;
    earliest = std::max(earliest, release.when);
  } while (weight > capacity_ - out);
  return earliest;
}

uint64_t Credits::out(Time now) const {
  uint64_t out = out_;
  for (size_t at = head_; at != tail_ && ring_[at & mask_].when <= now; ++at) out -= ring_[at & mask_].weight;
  return out;
}

void Credits::release_rare(Time when, uint64_t weight) {
  if (weight == 0) return;
  if (weight > unscheduled_) throw std::logic_error("Credits: more units released than claimed");
  if (tail_ - head_ > mask_) make_room();
  unscheduled_ -= weight;
  newest_ = std::max(newest_, when);
  size_t at = tail_++;
  for (; at != head_ && ring_[(at - 1) & mask_].when > when; --at)
    ring_[at & mask_] = ring_[(at - 1) & mask_];
  ring_[at & mask_] = {when, weight};
}

void Credits::make_room() {
  // No later claim asks about times before the last one, so what came back until then need not be remembered.
  while (head_ != tail_ && ring_[head_ & mask_].when <= last_claim_) out_ -= ring_[head_++ & mask_].weight;
  const size_t used = tail_ - head_;
  if (used <= mask_) return;
  std::vector<Release> larger(2 * ring_.size());
  for (size_t i = 0; i < used; ++i) larger[i] = ring_[(head_ + i) & mask_];
  ring_ = std::move(larger);
  mask_ = ring_.size() - 1;
  head_ = 0;
  tail_ = used;
}

}  // namespace pspnic::base
