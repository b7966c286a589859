// SPDX-License-Identifier: Apache-2.0
// The frames of the workload traffic: headers prepared for each flow, a payload whose first bytes say which
// packet it is, and a pattern behind them that is compared at the other end.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/base/time.h"
#include "testbench/bench/stream_headers.h"
#include "testbench/bench/traffic_params.h"

namespace pspnic::bench {

// The first bytes of a packet's payload.
struct TrafficStamp {
  base::Time born = 0;      // when its message was offered; 48 bits: 281 s
  uint32_t bytes = 0;       // payload of the packet, 16 bits
  uint32_t packet = 0;      // of its flow and direction, counted from 0
  uint32_t position = 0;    // of its first byte in these
  uint32_t slot = 0;        // with requests only: which of those that may be under way
  uint32_t generation = 0;  // and the how-manieth of it
};

class TrafficFrames {
 public:
  TrafficFrames(const TrafficParams& params, Side from);

  static uint32_t stamp_bytes(const TrafficParams& params) { return params.rpc.outstanding > 0 ? 24 : 16; }
  // The most payload that one frame takes: mss, or what the card cuts at once.
  static uint32_t most_payload(const TrafficParams& params);

  void set_ends(uint32_t flow, const net::MacAddress& source, const net::MacAddress& destination);

  // A frame with `payload` bytes, for the card to cut where that is above mss. `stamp` is of its first
  // packet; those of the others follow from it, but for `bytes`. Valid until the next call.
  std::span<const uint8_t> make(uint32_t flow, TrafficStamp stamp, uint32_t payload);

  // Of a received frame: its flow, none if it is no frame of this direction.
  std::optional<uint32_t> flow_of(std::span<const uint8_t> frame) const;
  // What is behind the headers, as far as the IP header says.
  std::span<const uint8_t> payload_of(std::span<const uint8_t> frame) const;
  TrafficStamp read(std::span<const uint8_t> payload) const;  // of stamp_bytes() at least
  // What neither the sender's card nor the network may change: Ethernet header and tags, IPv4 options, IPv6
  // extension headers, and TCP's sequence number.
  bool headers_match(uint32_t flow, std::span<const uint8_t> frame, uint32_t position) const;
  // Of one packet, behind its stamp.
  bool payload_matches(uint32_t flow, std::span<const uint8_t> payload) const;

  uint32_t header_bytes() const { return layout_.header_bytes; }

 private:
  static constexpr size_t kHeaderRoom = 128;  // the most that HeaderParams make is 122
  static constexpr uint32_t kVariants = 16;   // of the pattern
  using Header = std::array<uint8_t, kHeaderRoom>;

  void write_lengths(uint8_t* frame, uint32_t payload) const;
  void write(uint8_t* payload, const TrafficStamp& stamp) const;

  TrafficParams params_;
  Side from_;
  StreamLayout layout_;
  uint32_t stamp_bytes_;
  std::vector<Header> headers_;                // by flow; lengths 0
  std::vector<std::vector<uint8_t>> buffers_;  // by variant: room for headers, payload
};

}  // namespace pspnic::bench
