// SPDX-License-Identifier: Apache-2.0
// When a segment is sent again for want of an acknowledgment (RFC 6298). All times in picoseconds.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pspnic::tcp {

struct RtoParams {
  uint64_t initial = 0;  // before the first sample
  uint64_t minimum = 0;
  uint64_t maximum = 0;
  uint64_t granularity = 0;  // G, of the clock that samples are taken with
};

class RetransmissionTimeout {
 public:
  explicit RetransmissionTimeout(const RtoParams& params) : params_(params), base_(params.initial) {}

  // A round trip of something that was sent once (section 3), or told by time stamps.
  void sample(uint64_t round_trip) {
    if (!sampled_) {
      smoothed_ = round_trip;
      variation_ = round_trip / 2;
      sampled_ = true;
    } else {
      const uint64_t deviation = smoothed_ > round_trip ? smoothed_ - round_trip : round_trip - smoothed_;
      variation_ = variation_ - variation_ / 4 + deviation / 4;
      smoothed_ = smoothed_ - smoothed_ / 8 + round_trip / 8;
    }
    base_ = smoothed_ + std::max(params_.granularity, 4 * variation_);
    backed_off_ = 0;
  }
  // The timer expired (5.5).
  void back_off() { backed_off_ = std::min(backed_off_ + 1, kMaxDoublings); }
  // New data was acknowledged: what was learnt holds again.
  void restart() { backed_off_ = 0; }
  // The SYN was sent again and nothing could be measured: three times the initial value (5.7).
  void after_lost_syn() {
    backed_off_ = 0;
    if (!sampled_) base_ = 3 * params_.initial;
  }

  uint64_t value() const {
    const uint64_t clamped = std::clamp(base_, params_.minimum, params_.maximum);
    return clamped > params_.maximum >> backed_off_ ? params_.maximum : clamped << backed_off_;
  }
  uint64_t smoothed() const { return smoothed_; }
  uint64_t variation() const { return variation_; }

 private:
  static constexpr unsigned kMaxDoublings = 20;
  RtoParams params_;
  uint64_t base_;
  uint64_t smoothed_ = 0;
  uint64_t variation_ = 0;
  unsigned backed_off_ = 0;
  bool sampled_ = false;
};

}  // namespace pspnic::tcp
