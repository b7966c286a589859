// SPDX-License-Identifier: Apache-2.0
// Simulated time: integer picoseconds everywhere; sc_time appears only where the SystemC kernel is called.
#pragma once

#include <cstdint>

namespace pspnic::base {

// Picoseconds since the start of the simulation. 64 bits last 213 days.
using Time = uint64_t;

inline constexpr Time kPs = 1;
inline constexpr Time kNs = 1000 * kPs;
inline constexpr Time kUs = 1000 * kNs;
inline constexpr Time kMs = 1000 * kUs;
inline constexpr Time kSec = 1000 * kMs;
inline constexpr Time kNever = ~Time{0};

}  // namespace pspnic::base
