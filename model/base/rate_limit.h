// SPDX-License-Identifier: Apache-2.0
// A token bucket: `burst` units that fill at a rate, and may be overdrawn by one charge. Units are whatever
// the owner counts: bits, packets.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/base/time.h"

namespace pspnic::base {

class RateLimit {
 public:
  RateLimit() = default;  // no limit
  // `per_second` 0: no limit.
  RateLimit(uint64_t per_second, uint64_t burst) : per_second_(per_second), burst_(burst) {}

  bool limited() const { return per_second_ != 0; }

  // When a charge is allowed: `now` or later. The bucket holds something as long as less than a burst is
  // missing in it.
  Time allowed(Time now) const {
    if (per_second_ == 0) return now;
    const Time burst = duration(burst_);
    return full_at_ < now + burst ? now : full_at_ - burst + 1;
  }

  void charge(Time now, uint64_t units) {
    if (per_second_ != 0) full_at_ = std::max(full_at_, now) + duration(units);
  }

 private:
  Time duration(uint64_t units) const {
    const auto wide = static_cast<unsigned __int128>(units) * kSec;
    return static_cast<Time>((wide + per_second_ - 1) / per_second_);
  }

  uint64_t per_second_ = 0;
  uint64_t burst_ = 0;
  Time full_at_ = 0;  // a debt lies further in the future than the burst
};

}  // namespace pspnic::base
