// SPDX-License-Identifier: Apache-2.0
// What a frame occupies of the wire, in bytes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "model/net/ethernet.h"

namespace pspnic::mac {

// `frame` without its check sequence; with padding, check sequence, preamble and gap (IEEE 802.3).
constexpr uint64_t wire_bytes(uint64_t frame) {
  constexpr uint64_t kLeast = net::kMinFrameBytes;
  constexpr uint64_t kAround = net::kFcsBytes + net::kPreambleBytes + net::kInterFrameGapBytes;
  return std::max(frame, kLeast) + kAround;
}

}  // namespace pspnic::mac
