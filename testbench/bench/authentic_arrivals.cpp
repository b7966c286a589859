// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/authentic_arrivals.h"

#include <algorithm>

#include "model/net/bytes.h"

namespace pspnic::bench {

namespace {

constexpr uint8_t kIpv4InPsp = 4;  // Next Header of a tunnel
constexpr uint8_t kIpv6InPsp = 41;
constexpr uint8_t kTcp = 6;

class Digest {
 public:
  explicit Digest(uint64_t seed) { take(seed); }
  Digest& take(uint64_t word) {
    hash_ = (hash_ ^ word) * 0x9e3779b97f4a7c15;
    hash_ ^= hash_ >> 29;
    return *this;
  }
  Digest& take(std::span<const uint8_t> bytes) {
    size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) take(net::load_be64(&bytes[i]));
    uint64_t rest = bytes.size();
    for (; i < bytes.size(); ++i) rest = rest << 8 | bytes[i];
    return take(rest);
  }
  uint64_t value() const { return hash_; }

 private:
  uint64_t hash_ = 0xcbf29ce484222325;
};

// Who sealed it, and every byte that the seal covers.
uint64_t digest_of(uint32_t spi, uint8_t next_header, std::span<const uint8_t> text) {
  return Digest(uint64_t{spi} << 8 | next_header).take(text).value();
}

// A part of a byte stream: never 0.
uint64_t segment_of(uint32_t spi, uint32_t ports, uint32_t sequence, std::span<const uint8_t> payload) {
  return Digest(spi).take(uint64_t{ports} << 32 | sequence).take(payload).value() | 1;
}

std::span<const uint8_t> ip_packet(std::span<const uint8_t> bytes, const net::Parsed& parsed) {
  return bytes.subspan(parsed.l3_offset, parsed.ip_end - parsed.l3_offset);
}

struct TcpPart {
  uint32_t ports = 0;
  uint32_t sequence = 0;
  std::span<const uint8_t> payload;
};

// Of L4 bytes; no payload if they are not a TCP segment with data.
TcpPart tcp_part(uint8_t protocol, std::span<const uint8_t> l4) {
  constexpr size_t kMinimum = 20;
  if (protocol != kTcp || l4.size() < kMinimum) return {};
  const size_t header = size_t{l4[12]} >> 4 << 2;
  if (header < kMinimum || header > l4.size()) return {};
  return {net::load_be32(&l4[0]), net::load_be32(&l4[4]), l4.subspan(header)};
}

std::span<const uint8_t> l4_of(std::span<const uint8_t> bytes, const net::Parsed& parsed) {
  const uint32_t l4 = parsed.l3_offset + parsed.l3_header_bytes;
  if (!parsed.is_ip() || parsed.ip_end < l4) return {};
  return bytes.subspan(l4, parsed.ip_end - l4);
}

}  // namespace

void AuthenticArrivals::add(uint32_t spi, uint8_t next_header, std::span<const uint8_t> text) {
  uint8_t protocol = next_header;
  std::span<const uint8_t> l4 = text;
  if (next_header == kIpv4InPsp || next_header == kIpv6InPsp) {
    const net::Parsed inner = net::parse_ip(text, 0);
    protocol = inner.ip_protocol;
    l4 = l4_of(text, inner);
    if (inner.is_ip()) text = ip_packet(text, inner);
  }
  const uint64_t digest = digest_of(spi, next_header, text);
  const auto [entry, first] = arrivals_.try_emplace(digest);
  Arrival& arrival = entry->second;
  ++arrival.count;
  const TcpPart tcp = tcp_part(protocol, l4);
  if (first && !tcp.payload.empty()) {
    arrival.segment = segment_of(spi, tcp.ports, tcp.sequence, tcp.payload);
    digests_.emplace(arrival.segment, digest);
  }
  if (arrival.segment != 0) ++segments_[arrival.segment];
}

bool AuthenticArrivals::take(uint32_t spi, std::span<const uint8_t> frame, uint32_t segment_bytes) {
  const net::Parsed parsed = net::parse_frame(frame);
  if (!parsed.is_ip()) return false;
  if (segment_bytes > 0) return take_merged(spi, frame, parsed, segment_bytes);
  // The frame does not say how it came.
  const uint8_t tunnel = parsed.is_v6() ? kIpv6InPsp : kIpv4InPsp;
  return take_whole(digest_of(spi, tunnel, ip_packet(frame, parsed))) ||
         take_whole(digest_of(spi, parsed.ip_protocol, l4_of(frame, parsed)));
}

bool AuthenticArrivals::take_whole(uint64_t digest) {
  const auto arrival = arrivals_.find(digest);
  if (arrival == arrivals_.end() || arrival->second.count == 0) return false;
  --arrival->second.count;
  if (arrival->second.segment != 0) return take_segment(arrival->second.segment);
  if (arrival->second.count == 0) arrivals_.erase(arrival);
  return true;
}

bool AuthenticArrivals::take_merged(uint32_t spi, std::span<const uint8_t> frame, const net::Parsed& parsed,
                                    uint32_t segment_bytes) {
  const TcpPart tcp = tcp_part(parsed.ip_protocol, l4_of(frame, parsed));
  if (tcp.payload.empty()) return false;
  for (size_t at = 0; at < tcp.payload.size(); at += segment_bytes) {
    const auto piece = tcp.payload.subspan(at, std::min<size_t>(segment_bytes, tcp.payload.size() - at));
    const auto sequence = static_cast<uint32_t>(tcp.sequence + at);
    if (!take_segment(segment_of(spi, tcp.ports, sequence, piece))) return false;
  }
  return true;
}

bool AuthenticArrivals::take_segment(uint64_t segment) {
  const auto left = segments_.find(segment);
  if (left == segments_.end()) return false;
  if (--left->second > 0) return true;
  segments_.erase(left);
  const auto [first, last] = digests_.equal_range(segment);
  for (auto digest = first; digest != last; ++digest) arrivals_.erase(digest->second);
  digests_.erase(first, last);
  return true;
}

}  // namespace pspnic::bench
