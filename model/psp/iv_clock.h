// SPDX-License-Identifier: Apache-2.0
// The source of IVs: a 64-bit count of picoseconds, as the PSP Architecture Specification has it. It wraps
// after 213 days, long after the key must have been replaced.
#pragma once

#include <cstdint>

namespace pspnic::psp {

// Gives every packet an IV strictly larger (modulo 2^64) than the one before. One IvClock serves everything
// that transmits under the same keys, and it outlives device resets: keys belong to the peers and survive
// them.
class IvClock {
 public:
  // `epoch_ps` is added to every time, so that a clock started anew need not repeat what an earlier one gave
  // out.
  explicit IvClock(uint64_t epoch_ps = 0) noexcept : epoch_ps_(epoch_ps), last_(epoch_ps) {}

  // The IV of a packet that leaves at `now_ps`; later than the time by the least possible when several
  // packets share one picosecond or time went back. The first is not 0, so that it differs from a
  // driver's empty field.
  uint64_t next(uint64_t now_ps) noexcept;

  uint64_t last() const noexcept { return last_; }

  // The device's clock is set forward or back. IVs go on from the larger of clock and last IV, so a step back
  // repeats none: until the clock has caught up each is the one before plus 1. Steps of 2^63 ps (106 days)
  // and more cannot be told from such in the other direction.
  void adjust(int64_t step_ps) noexcept { epoch_ps_ += static_cast<uint64_t>(step_ps); }
  // Until the clock wraps, ps.
  uint64_t left(uint64_t now_ps) const noexcept { return ~uint64_t{0} - (epoch_ps_ + now_ps); }

 private:
  uint64_t epoch_ps_;
  uint64_t last_;
};

}  // namespace pspnic::psp
