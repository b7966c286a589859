// SPDX-License-Identifier: Apache-2.0
// Whether the bytes of packets' payload are carried, or only their lengths.
//
// With kLengths nothing is encrypted and no checksum is computed over payload; a copy of packet data takes
// the first kCarriedBytes of each piece, so that headers stay real, and what stands behind them is of no
// meaning. No time and no decision depends on it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace pspnic::net {

enum class Payload : uint8_t { kBytes, kLengths };

// The longest headers of a packet that the bench makes, PSP's and those inside included, and a stamp behind
// them: 22 Ethernet with two tags, 64 IPv6 with extensions, 8 UDP, 88 PSP with extension and cookie, 40 + 32
// inner IPv6 and TCP.
inline constexpr size_t kCarriedBytes = 256;

constexpr size_t carried(Payload payload, size_t bytes) noexcept {
  return payload == Payload::kBytes ? bytes : std::min(bytes, kCarriedBytes);
}

// Copies what is carried of `source`.
inline void copy_carried(Payload payload, uint8_t* destination, std::span<const uint8_t> source) noexcept {
  std::memcpy(destination, source.data(), carried(payload, source.size()));
}

// Where the segments of a frame that is to be cut begin, and how long they are.
struct Cut {
  size_t payload_offset = 0;
  size_t segment_bytes = 0;  // above 0
};

// Of each segment of such a frame the beginning is carried as well.
inline void copy_segment_heads(Payload payload, uint8_t* destination, std::span<const uint8_t> source,
                               const Cut& cut) noexcept {
  constexpr size_t kHead = 24;  // the longest stamp
  if (payload == Payload::kBytes) return;
  for (size_t at = cut.payload_offset; at < source.size(); at += cut.segment_bytes) {
    std::memcpy(destination + at, &source[at], std::min(kHead, source.size() - at));
  }
}

}  // namespace pspnic::net
