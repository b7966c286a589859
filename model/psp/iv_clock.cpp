// SPDX-License-Identifier: Apache-2.0
#include "model/psp/iv_clock.h"

namespace pspnic::psp {

uint64_t IvClock::next(uint64_t now_ps) noexcept {
  const uint64_t candidate = epoch_ps_ + now_ps;
  // Ahead of the last one by less than half the number circle: time went on. Otherwise the least step.
  const uint64_t ahead = candidate - last_;
  last_ = ahead != 0 && ahead < (uint64_t{1} << 63) ? candidate : last_ + 1;
  return last_;
}

}  // namespace pspnic::psp
