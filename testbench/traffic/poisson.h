// SPDX-License-Identifier: Apache-2.0
// Poisson processes: how long it is to the next event.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>

#include "model/base/units.h"

namespace pspnic::traffic {

// Exponentially distributed, in the unit of its mean; `bits` is any random word. The distributions of the
// standard library differ between libraries, and a run shall not.
inline double exponential_of(uint64_t bits, double mean) {
  // Of (0, 1], in steps of 2^-53: the logarithm is finite.
  const double uniform = (static_cast<double>(bits >> 11) + 1.0) * 0x1p-53;
  return -std::log(uniform) * mean;
}

inline double exponential_wait(std::mt19937_64& random, double mean) {
  return exponential_of(random(), mean);
}

// Mean time between two frames that are offered at this rate, which is not 0.
inline double frame_interval_ps(double frame_bytes, base::Bandwidth rate) {
  return 8e12 * frame_bytes / static_cast<double>(rate.bps);
}

}  // namespace pspnic::traffic
