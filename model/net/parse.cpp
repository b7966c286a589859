// SPDX-License-Identifier: Apache-2.0
#include "model/net/parse.h"

#include <algorithm>

#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"

namespace pspnic::net {
namespace {

constexpr size_t kMaxOffset = 0xffff;
constexpr size_t kMaxFrameBytes =
    0xffffffff;  // Parsed names ends in 32 bits; what lies beyond is not looked at
constexpr size_t kIcmpHeaderBytes = 8;
constexpr size_t kIcmp6HeaderBytes = 4;
constexpr size_t kSctpHeaderBytes = 12;

struct Walk {
  const uint8_t* data;
  size_t size;
  IpLength length;
  Parsed& parsed;

  void fail(ParseError error) const noexcept { parsed.error = error; }

  // Everything up to `bytes` behind the L4 header's start is inside the IP packet.
  bool l4_holds(size_t bytes) const noexcept { return parsed.ip_end - parsed.l4_offset >= bytes; }

  void accept_l4(size_t header_bytes) const noexcept {
    parsed.l4_header_bytes = static_cast<uint16_t>(header_bytes);
    parsed.payload_offset = static_cast<uint16_t>(parsed.l4_offset + header_bytes);
  }

  void udp() const noexcept {
    parsed.l4 = L4::kUdp;
    if (!l4_holds(kUdpHeaderBytes)) return fail(ParseError::kTruncatedL4);
    // A first fragment's UDP length is that of the whole datagram.
    if (length == IpLength::kCheck && !parsed.fragment) {
      const size_t bytes = udp_length(data + parsed.l4_offset);
      if (bytes < kUdpHeaderBytes || !l4_holds(bytes)) return fail(ParseError::kBadUdpLength);
      parsed.l4_end = static_cast<uint32_t>(parsed.l4_offset + bytes);
    }
    accept_l4(kUdpHeaderBytes);
  }

  void tcp() const noexcept {
    parsed.l4 = L4::kTcp;
    if (!l4_holds(kTcpHeaderBytes)) return fail(ParseError::kTruncatedL4);
    const size_t bytes = tcp_header_bytes(data + parsed.l4_offset);
    if (bytes < kTcpHeaderBytes || !l4_holds(bytes)) return fail(ParseError::kBadTcpDataOffset);
    accept_l4(bytes);
  }

  void fixed(L4 l4, size_t header_bytes) const noexcept {
    parsed.l4 = l4;
    if (!l4_holds(header_bytes)) return fail(ParseError::kTruncatedL4);
    accept_l4(header_bytes);
  }

  void l4(size_t offset, uint8_t protocol) const noexcept {
    if (offset + kTcpMaxHeaderBytes > kMaxOffset) return fail(ParseError::kHeadersTooLong);
    parsed.ip_protocol = protocol;
    parsed.l4_offset = parsed.payload_offset = static_cast<uint16_t>(offset);
    parsed.l4_end = parsed.ip_end;
    if (parsed.fragment && !parsed.first_fragment) return;
    switch (protocol) {
      case kProtocolTcp:
        return tcp();
      case kProtocolUdp:
        return udp();
      case kProtocolSctp:
        return fixed(L4::kSctp, kSctpHeaderBytes);
      case kProtocolNone:
        return;
      default:
        break;
    }
    // Each ICMP belongs to one version of IP.
    if (protocol == kProtocolIcmp && !parsed.is_v6()) return fixed(L4::kIcmp, kIcmpHeaderBytes);
    if (protocol == kProtocolIcmp6 && parsed.is_v6()) return fixed(L4::kIcmp6, kIcmp6HeaderBytes);
    parsed.l4 = L4::kOther;
  }

  void ipv4(size_t offset) const noexcept {
    const uint8_t* header = data + offset;
    const size_t room = size - offset;
    if (room < kIpv4HeaderBytes) return fail(ParseError::kTruncatedIp);
    if (ip_version(header) != 4) return fail(ParseError::kBadIpVersion);
    const size_t header_bytes = ipv4_header_bytes(header);
    if (header_bytes < kIpv4HeaderBytes) return fail(ParseError::kBadIpv4HeaderLength);
    if (room < header_bytes) return fail(ParseError::kTruncatedIp);
    parsed.l3_header_bytes = static_cast<uint16_t>(header_bytes);
    parsed.ip_protocol = ipv4_protocol(header);
    parsed.protocol_offset = static_cast<uint16_t>(offset + kIpv4ProtocolOffset);
    parsed.ip_checksum_ok = ipv4_checksum_ok({header, header_bytes});
    const uint16_t fragment_field = ipv4_fragment_field(header);
    if ((fragment_field & (kIpv4MoreFragments | kIpv4FragmentMask)) != 0) {
      parsed.fragment = true;
      parsed.first_fragment = (fragment_field & kIpv4FragmentMask) == 0;
    }
    if (length == IpLength::kCheck) {
      const size_t total = ipv4_total_length(header);
      if (total < header_bytes) return fail(ParseError::kBadIpv4TotalLength);
      if (total > room) return fail(ParseError::kIpLengthBeyondFrame);
      parsed.ip_end = static_cast<uint32_t>(offset + total);
    }
    l4(offset + header_bytes, ipv4_protocol(header));
  }

  void note_extension(uint8_t type, const uint8_t* extension) const noexcept {
    if (type != kIpv6HopByHop && type != kIpv6Routing && type != kIpv6DestinationOptions) {
      parsed.ipv6_chain_fixed = true;
    }
    if (type == kIpv6Fragment) {
      const uint16_t field = load_be16(extension + kIpv6FragmentFieldOffset);
      // Offset 0 without more fragments is a whole datagram (RFC 6946).
      parsed.fragment = (field & 0xfff9) != 0;
      parsed.first_fragment = parsed.fragment && (field & 0xfff8) == 0;
    } else if (type == kIpv6Routing && extension[kIpv6SegmentsLeftOffset] != 0) {
      parsed.ipv6_segments_left = true;
    }
  }

  void ipv6(size_t offset) const noexcept {
    const uint8_t* header = data + offset;
    const size_t room = size - offset;
    if (room < kIpv6HeaderBytes) return fail(ParseError::kTruncatedIp);
    if (ip_version(header) != 6) return fail(ParseError::kBadIpVersion);
    parsed.l3_header_bytes = kIpv6HeaderBytes;
    uint8_t next = ipv6_next_header(header);
    parsed.ip_protocol = next;
    parsed.protocol_offset = static_cast<uint16_t>(offset + kIpv6NextHeaderOffset);
    if (length == IpLength::kCheck) {
      const size_t total = kIpv6HeaderBytes + ipv6_payload_length(header);
      if (total > room) return fail(ParseError::kIpLengthBeyondFrame);
      parsed.ip_end = static_cast<uint32_t>(offset + total);
    }
    size_t at = offset + kIpv6HeaderBytes;
    for (unsigned count = 0; is_ipv6_extension(next); ++count) {
      if (count == kMaxExtensionHeaders) return fail(ParseError::kHeadersTooLong);
      parsed.ipv6_extension = true;
      if (parsed.ip_end - at < kIpv6ExtensionMinBytes) return fail(ParseError::kTruncatedExtension);
      const size_t bytes = ipv6_extension_bytes(next, data + at);
      if (parsed.ip_end - at < bytes) return fail(ParseError::kTruncatedExtension);
      note_extension(next, data + at);
      next = data[at];
      if (at + bytes > kMaxOffset) return fail(ParseError::kHeadersTooLong);
      parsed.protocol_offset = static_cast<uint16_t>(at);
      at += bytes;
      parsed.l3_header_bytes = static_cast<uint16_t>(at - offset);
      parsed.ip_protocol = next;
      // What looks like a header behind a later fragment's header is data.
      if (parsed.fragment && !parsed.first_fragment) break;
    }
    l4(at, next);
  }
};

}  // namespace

Parsed parse_frame(std::span<const uint8_t> frame, IpLength length) noexcept {
  Parsed parsed;
  frame = frame.first(std::min(frame.size(), kMaxFrameBytes));
  const Walk walk{frame.data(), frame.size(), length, parsed};
  if (frame.size() < kEthernetHeaderBytes) {
    walk.fail(ParseError::kTruncatedEthernet);
    return parsed;
  }
  size_t offset = kEthernetHeaderBytes;
  uint16_t ether_type = load_be16(frame.data() + kEtherTypeOffset);
  while (is_vlan_ether_type(ether_type) && parsed.vlan_tags < kMaxVlanTags) {
    if (frame.size() < offset + kVlanTagBytes) {
      walk.fail(ParseError::kTruncatedEthernet);
      return parsed;
    }
    parsed.vlan_tci[parsed.vlan_tags++] = load_be16(frame.data() + offset);
    ether_type = load_be16(frame.data() + offset + 2);
    offset += kVlanTagBytes;
  }
  parsed.ether_type = ether_type;
  parsed.l3_offset = parsed.payload_offset = static_cast<uint16_t>(offset);
  if (ether_type == kEtherTypeIpv4) {
    parsed.l3 = L3::kIpv4;
    parsed.ip_end = static_cast<uint32_t>(frame.size());
    walk.ipv4(offset);
  } else if (ether_type == kEtherTypeIpv6) {
    parsed.l3 = L3::kIpv6;
    parsed.ip_end = static_cast<uint32_t>(frame.size());
    walk.ipv6(offset);
  } else if (ether_type == kEtherTypeArp) {
    parsed.l3 = L3::kArp;
  }
  return parsed;
}

Parsed parse_ip(std::span<const uint8_t> frame, size_t l3_offset, IpLength length) noexcept {
  Parsed parsed;
  frame = frame.first(std::min(frame.size(), kMaxFrameBytes));
  const Walk walk{frame.data(), frame.size(), length, parsed};
  if (l3_offset >= frame.size()) {
    walk.fail(ParseError::kTruncatedIp);
    return parsed;
  }
  if (l3_offset > kMaxOffset) {
    walk.fail(ParseError::kHeadersTooLong);
    return parsed;
  }
  parsed.l3_offset = parsed.payload_offset = static_cast<uint16_t>(l3_offset);
  const uint8_t version = ip_version(frame.data() + l3_offset);
  if (version != 4 && version != 6) {
    walk.fail(ParseError::kBadIpVersion);
    return parsed;
  }
  parsed.ip_end = static_cast<uint32_t>(frame.size());
  parsed.l3 = version == 4 ? L3::kIpv4 : L3::kIpv6;
  version == 4 ? walk.ipv4(l3_offset) : walk.ipv6(l3_offset);
  return parsed;
}

const char* to_string(ParseError error) noexcept {
  switch (error) {
    case ParseError::kNone:
      return "none";
    case ParseError::kTruncatedEthernet:
      return "truncated Ethernet header";
    case ParseError::kTruncatedIp:
      return "truncated IP header";
    case ParseError::kBadIpVersion:
      return "bad IP version";
    case ParseError::kBadIpv4HeaderLength:
      return "bad IPv4 header length";
    case ParseError::kBadIpv4TotalLength:
      return "bad IPv4 total length";
    case ParseError::kIpLengthBeyondFrame:
      return "IP length beyond the frame";
    case ParseError::kTruncatedExtension:
      return "truncated IPv6 extension header";
    case ParseError::kHeadersTooLong:
      return "headers too long";
    case ParseError::kTruncatedL4:
      return "truncated L4 header";
    case ParseError::kBadUdpLength:
      return "bad UDP length";
    case ParseError::kBadTcpDataOffset:
      return "bad TCP data offset";
  }
  return "?";
}

}  // namespace pspnic::net
