// SPDX-License-Identifier: Apache-2.0
// What the card demands of descriptor rings in host memory. Drivers keep to it: Linux takes whole pages and
// multiples of 32 descriptors, up to 8160; DPDK asks for 4096 transmit descriptors and twice as many
// completions.
#pragma once

#include <cstdint>

namespace pspnic::idpf {

inline constexpr uint64_t kRingAlignment = 128;   // bytes; of all rings
inline constexpr uint16_t kRingLengthStep = 32;   // descriptors; of the rings of queues and config queues
inline constexpr uint16_t kMaxRingLength = 8192;  // likewise

}  // namespace pspnic::idpf
