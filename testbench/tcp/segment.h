// SPDX-License-Identifier: Apache-2.0
// A TCP segment as fields, read from a frame and written into one. Options: MSS (RFC 9293), window scale and
// time stamps (RFC 7323); others are skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/net/flow.h"
#include "model/net/parse.h"
#include "model/net/tcp.h"

namespace pspnic::tcp {

inline constexpr uint8_t kMaxWindowScale = 14;           // RFC 7323 section 2.3
inline constexpr uint32_t kTimestampOptionBytes = 12;    // two NOPs before it
inline constexpr size_t kMaxHeaderBytes = 14 + 40 + 60;  // Ethernet, IPv6, TCP

struct Segment {
  uint32_t sequence = 0;
  uint32_t ack = 0;
  uint16_t window = 0;  // as on the wire, not scaled
  uint8_t flags = 0;
  bool has_window_scale = false;
  uint8_t window_scale = 0;  // at most kMaxWindowScale
  bool has_timestamp = false;
  uint32_t timestamp = 0;
  uint32_t echo = 0;
  uint16_t mss = 0;  // 0: no such option
  std::span<const uint8_t> payload;

  bool has(uint8_t flag) const { return (flags & flag) != 0; }
  // In sequence space: SYN and FIN count.
  uint32_t length() const {
    return static_cast<uint32_t>(payload.size()) + (has(net::kTcpSyn) ? 1 : 0) + (has(net::kTcpFin) ? 1 : 0);
  }
};

// Needs a TCP header without parse error. False: an option breaks its length or reaches beyond the header.
bool read_segment(std::span<const uint8_t> frame, const net::Parsed& parsed, Segment& segment);

// Both ends of a connection, as frames that this end sends name them.
struct Path {
  net::MacAddress source;
  net::MacAddress destination;
  net::FlowKey flow;
};

// Ethernet, IP and TCP header of a connection with all that does not change. Checksums are the device's.
class HeaderTemplate {
 public:
  HeaderTemplate() = default;
  explicit HeaderTemplate(const Path& path);

  // Headers of the frame whose payload, `payload_bytes` of it, stands or will stand behind them; returns
  // their size. `segments`: as how many packets the frame leaves, for the IPv4 identification.
  size_t write(uint8_t* frame, const Segment& segment, size_t payload_bytes, unsigned segments);
  // Size of the headers of a segment with these flags and options.
  size_t bytes(const Segment& segment) const;

 private:
  uint8_t bytes_[kMaxHeaderBytes] = {};
  uint16_t l4_offset_ = 0;
  uint16_t source_port_ = 0;
  uint16_t destination_port_ = 0;
  uint16_t identification_ = 0;
  bool v6_ = false;
};

}  // namespace pspnic::tcp
