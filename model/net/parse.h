// SPDX-License-Identifier: Apache-2.0
// Finds the headers of a frame: Ethernet, up to two VLAN tags, IPv4 with options or IPv6 with extension
// headers, then TCP, UDP, SCTP or ICMP. Outermost headers only. Total: any bytes of any length give a Parsed,
// nothing outside the frame is read, nothing is thrown.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/net/ethernet.h"

namespace pspnic::net {

enum class L3 : uint8_t { kNone, kIpv4, kIpv6, kArp };
enum class L4 : uint8_t { kNone, kTcp, kUdp, kSctp, kIcmp, kIcmp6, kOther };

enum class ParseError : uint8_t {
  kNone,
  kTruncatedEthernet,    // ends inside the Ethernet header or a VLAN tag
  kTruncatedIp,          // ends inside the IPv4 (options included) or IPv6 header
  kBadIpVersion,         // version differs from what the ether type said; parse_ip: neither 4 nor 6
  kBadIpv4HeaderLength,  // IHL below 5
  kBadIpv4TotalLength,   // total length smaller than the header
  kIpLengthBeyondFrame,  // the IP packet claims more bytes than the frame has
  kTruncatedExtension,   // an IPv6 extension header reaches beyond the IP packet
  kHeadersTooLong,       // more than kMaxExtensionHeaders, or an offset above 65535
  kTruncatedL4,          // the IP packet ends inside the L4 header
  kBadUdpLength,         // UDP length below 8 or beyond the IP packet
  kBadTcpDataOffset,     // data offset below 5 or beyond the IP packet
};
const char* to_string(ParseError error) noexcept;

// Enough for every type once and destination options twice (RFC 8200 §4.1), and a bound on the work per
// packet.
inline constexpr unsigned kMaxExtensionHeaders = 12;

// kIgnore is for headers whose lengths are not final, as in a TSO template: the IP packet and the UDP
// datagram then reach to the end of the frame whatever their length fields say.
enum class IpLength : uint8_t { kCheck, kIgnore };

// Offsets count from the start of the frame. What comes before the fault is filled in when `error` is set:
// l3_header_bytes != 0 means that the fixed IP header is inside the frame, l4_header_bytes != 0 that the
// whole L4 header is inside the IP packet.
struct Parsed {
  uint32_t ip_end = 0;           // where the IP packet ends, at most the frame's end; padding may follow
  uint32_t l4_end = 0;           // where the L4 datagram ends: UDP by its length, all others ip_end
  uint16_t ether_type = 0;       // behind the VLAN tags; below kEtherTypeMin an 802.3 length; 0 from parse_ip
  uint16_t l3_offset = 0;        // behind the ether type
  uint16_t l3_header_bytes = 0;  // options and extension headers included
  uint16_t l4_offset = 0;        // behind the IP headers; 0 when they are not valid
  uint16_t l4_header_bytes = 0;  // TCP options included; 0 for kNone and kOther
  uint16_t payload_offset = 0;   // behind the last header that was understood
  uint16_t vlan_tci[kMaxVlanTags] = {};  // outermost first
  uint16_t protocol_offset = 0;          // of the byte that names ip_protocol
  uint8_t vlan_tags = 0;                 // 0..2
  uint8_t ip_protocol = 0;               // IPv4 protocol or last IPv6 next header
  L3 l3 = L3::kNone;
  L4 l4 = L4::kNone;  // kNone also behind a fragment that is not the first
  ParseError error = ParseError::kNone;
  bool fragment = false;            // part of a fragmented datagram
  bool first_fragment = false;      // and the part that has the L4 header
  bool ipv6_extension = false;      // at least one extension header
  bool ipv6_segments_left = false;  // a routing header has hops to go: the destination is not the final one
  // An extension header behind which nothing may be put or taken away: fragment (also the only one of its
  // datagram), authentication, mobility, host identity or Shim6.
  bool ipv6_chain_fixed = false;
  bool ip_checksum_ok = true;  // IPv4 header checksum; true for all else. Wrong is no ParseError

  constexpr bool ok() const noexcept { return error == ParseError::kNone; }
  constexpr bool is_ip() const noexcept { return l3_header_bytes != 0; }
  constexpr bool is_v6() const noexcept { return l3 == L3::kIpv6; }
  // Another header may stand, or be put, between these IP headers and what they carry: UDP and PSP.
  constexpr bool takes_encapsulation() const noexcept {
    return !fragment && !ipv6_chain_fixed && !ipv6_segments_left;
  }
  constexpr bool has_ports() const noexcept {
    return l4_header_bytes != 0 && (l4 == L4::kTcp || l4 == L4::kUdp || l4 == L4::kSctp);
  }
};

Parsed parse_frame(std::span<const uint8_t> frame, IpLength length = IpLength::kCheck) noexcept;

// The IP packet at l3_offset, version from its first nibble: the inner packet of a tunnel.
Parsed parse_ip(std::span<const uint8_t> frame, size_t l3_offset,
                IpLength length = IpLength::kCheck) noexcept;

}  // namespace pspnic::net
