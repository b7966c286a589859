// SPDX-License-Identifier: Apache-2.0
// A clock: turns cycles, the unit of a block's parameters, into picoseconds, the unit of time.
#pragma once

#include <cstdint>

#include "model/base/time.h"
#include "model/base/units.h"

namespace pspnic::base {

class Clock {
 public:
  explicit constexpr Clock(Frequency frequency) : hz_(frequency.hz) {}

  // Rounded to the nearest picosecond of the whole count, so that many cycles are as exact as one.
  constexpr Time cycles(uint64_t count) const { return (count * kSec + hz_ / 2) / hz_; }

 private:
  uint64_t hz_;  // at least 1; count stays below 2^64 / 10^12, that is 18 million cycles at a time
};

}  // namespace pspnic::base
