// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/congestion.h"

#include <algorithm>

namespace pspnic::tcp {

void Congestion::start(uint32_t mss, unsigned initial_segments) {
  mss_ = mss;
  window_ = uint64_t{mss} * initial_segments;
}

uint64_t Congestion::limited_transmit() const {
  if (recovering_) return 0;
  return uint64_t{std::min(duplicates_, duplicate_threshold_ - 1)} * mss_;
}

bool Congestion::on_duplicate(const Flight& flight) {
  ++duplicates_;
  if (recovering_) {
    window_ += mss_;
    return false;
  }
  unsigned needed = duplicate_threshold_;
  // Early retransmit (RFC 5827): fewer segments are under way than it takes to tell. Not where reordering is
  // known.
  const uint64_t segments = (flight.bytes() + mss_ - 1) / mss_;
  if (needed == kDuplicateAcks && segments <= kDuplicateAcks && !flight.more) {
    needed = static_cast<unsigned>(std::max<uint64_t>(segments, 2) - 1);
  }
  // Behind a time-out the duplicates may be answers to what it sent again.
  if (duplicates_ < needed || flight.una <= recover_) return false;
  window_before_ = window_;
  threshold_before_ = threshold_;
  recovering_ = true;
  recover_ = flight.max;
  threshold_ = std::max<uint64_t>(flight.bytes() / 2, 2ull * mss_);
  window_ = threshold_ + uint64_t{duplicates_} * mss_;
  return true;
}

bool Congestion::on_ack(uint64_t acked, const Flight& flight, bool limited) {
  duplicates_seen_ = duplicates_;
  duplicates_ = 0;
  if (!recovering_) {
    if (limited) grow(acked);
    return false;
  }
  if (flight.una >= recover_) {
    recovering_ = false;
    // Nothing below was sent again without need, so further duplicates speak of what is behind.
    recover_ = flight.una - 1;
    window_ = std::min(threshold_, std::max<uint64_t>(flight.bytes(), mss_) + mss_);
    acked_in_window_ = 0;
    return false;
  }
  window_ = window_ > acked ? window_ - acked : 0;
  if (acked >= mss_) window_ += mss_;
  window_ = std::max<uint64_t>(window_, mss_);
  return true;
}

void Congestion::grow(uint64_t acked) {
  if (window_ < threshold_) {
    window_ += acked;
    if (window_ <= threshold_) return;
    acked = window_ - threshold_;
    window_ = threshold_;
  }
  acked_in_window_ += acked;
  while (acked_in_window_ >= window_) {
    acked_in_window_ -= window_;
    window_ += mss_;
  }
}

void Congestion::on_timeout(const Flight& flight, bool again) {
  if (!again) {
    window_before_ = window_;
    threshold_before_ = threshold_;
    threshold_ = std::max<uint64_t>(flight.bytes() / 2, 2ull * mss_);
    // Duplicates came and were not enough: the reordering was thought larger than it is.
    if (duplicates_ > 0) duplicate_threshold_ = kDuplicateAcks;
  }
  window_ = mss_;
  recovering_ = false;
  duplicates_ = 0;
  acked_in_window_ = 0;
  recover_ = flight.max;
}

void Congestion::undo(bool was_timeout) {
  window_ = std::max(window_, window_before_);
  threshold_ = threshold_before_;
  recover_ = 0;  // nothing was lost: the next duplicates are news
  recovering_ = false;
  duplicates_ = 0;
  acked_in_window_ = 0;
  if (!was_timeout) {
    duplicate_threshold_ = std::clamp(duplicates_seen_ + 1, duplicate_threshold_, kMaxDuplicateAcks);
  }
}

}  // namespace pspnic::tcp
