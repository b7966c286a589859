// SPDX-License-Identifier: Apache-2.0
// Sequence numbers. Inside the stack a place in a stream is a 64-bit Position that never wraps; the 32 bits
// of the wire (RFC 9293 section 3.4) are made and understood here alone.
#pragma once

#include <cstdint>

namespace pspnic::tcp {

// Counts from the SYN, which is 0; the first byte of data is 1. The FIN follows the last byte.
using Position = int64_t;

// `initial`: the sequence number of the SYN.
constexpr uint32_t to_wire(uint32_t initial, Position position) {
  return initial + static_cast<uint32_t>(position);
}

// The position closest to `near` that has this number on the wire: within 2^31 of it.
constexpr Position from_wire(uint32_t initial, uint32_t wire, Position near) {
  return near + static_cast<int32_t>(wire - to_wire(initial, near));
}

// Of time stamps (RFC 7323 section 5.2): a is older than b.
constexpr bool stamp_before(uint32_t a, uint32_t b) {
  return static_cast<int32_t>(a - b) < 0;
}

}  // namespace pspnic::tcp
