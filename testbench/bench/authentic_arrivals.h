// SPDX-License-Identifier: Apache-2.0
// What has come in authentic and not been delivered yet. A delivery must be one of these, or, where the card
// merges TCP segments, be made of these; each counts once. A merged frame shows the payload of its segments,
// not their headers: of a segment that came twice with different ones, either may be in it.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>

#include "model/net/parse.h"

namespace pspnic::bench {

class AuthenticArrivals {
 public:
  // `text` is what a PSP packet carried, opened: L4 or, in a tunnel, an IP packet.
  void add(uint32_t spi, uint8_t next_header, std::span<const uint8_t> text);
  // A frame delivered as authentic, without its PSP header; `segment_bytes` of a merged one is the payload of
  // each TCP segment but the last, else 0. False if no such packet has come, or each has been taken already.
  bool take(uint32_t spi, std::span<const uint8_t> frame, uint32_t segment_bytes);

 private:
  struct Arrival {
    uint32_t count = 0;
    uint64_t segment = 0;  // 0: not a TCP segment with data
  };

  bool take_whole(uint64_t digest);
  bool take_merged(uint32_t spi, std::span<const uint8_t> frame, const net::Parsed& parsed,
                   uint32_t segment_bytes);
  bool take_segment(uint64_t segment);

  std::unordered_map<uint64_t, Arrival> arrivals_;       // by digest
  std::unordered_map<uint64_t, uint32_t> segments_;      // how often a segment came, with whatever headers
  std::unordered_multimap<uint64_t, uint64_t> digests_;  // by segment: of each set of headers it came with
};

}  // namespace pspnic::bench
