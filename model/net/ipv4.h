// SPDX-License-Identifier: Apache-2.0
// IPv4 header (RFC 791) as offsets and accessors on raw bytes. `header` points at the version byte; the
// caller guarantees kIpv4HeaderBytes of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/net/bytes.h"

namespace pspnic::net {

inline constexpr size_t kIpv4HeaderBytes = 20;     // without options
inline constexpr size_t kIpv4MaxHeaderBytes = 60;  // IHL 15
inline constexpr size_t kIpv4AddressBytes = 4;

inline constexpr size_t kIpv4TosOffset = 1;
inline constexpr size_t kIpv4TotalLengthOffset = 2;
inline constexpr size_t kIpv4IdOffset = 4;
inline constexpr size_t kIpv4FragmentOffset = 6;
inline constexpr size_t kIpv4TtlOffset = 8;
inline constexpr size_t kIpv4ProtocolOffset = 9;
inline constexpr size_t kIpv4ChecksumOffset = 10;
inline constexpr size_t kIpv4SourceOffset = 12;
inline constexpr size_t kIpv4DestinationOffset = 16;

// The 16 bits at kIpv4FragmentOffset: reserved 15, DF 14, MF 13, offset in units of 8 bytes 12:0.
inline constexpr uint16_t kIpv4DontFragment = 0x4000;
inline constexpr uint16_t kIpv4MoreFragments = 0x2000;
inline constexpr uint16_t kIpv4FragmentMask = 0x1fff;

// Protocol numbers, also IPv6 next header values (IANA registry).
inline constexpr uint8_t kProtocolIcmp = 1;
inline constexpr uint8_t kProtocolIpv4 = 4;  // IPv4 inside IP
inline constexpr uint8_t kProtocolTcp = 6;
inline constexpr uint8_t kProtocolUdp = 17;
inline constexpr uint8_t kProtocolIpv6 = 41;  // IPv6 inside IP
inline constexpr uint8_t kProtocolEsp = 50;
inline constexpr uint8_t kProtocolAh = 51;
inline constexpr uint8_t kProtocolIcmp6 = 58;
inline constexpr uint8_t kProtocolNone = 59;  // no next header
inline constexpr uint8_t kProtocolSctp = 132;

constexpr bool protocol_has_ports(uint8_t protocol) noexcept {
  return protocol == kProtocolTcp || protocol == kProtocolUdp || protocol == kProtocolSctp;
}

constexpr uint8_t ip_version(const uint8_t* header) noexcept {
  return header[0] >> 4;
}  // IPv6 too

constexpr size_t ipv4_header_bytes(const uint8_t* header) noexcept {
  return (header[0] & 0x0fU) * 4U;
}
constexpr uint8_t ipv4_tos(const uint8_t* header) noexcept {
  return header[kIpv4TosOffset];
}
constexpr uint16_t ipv4_total_length(const uint8_t* header) noexcept {
  return load_be16(header + kIpv4TotalLengthOffset);
}
constexpr uint16_t ipv4_id(const uint8_t* header) noexcept {
  return load_be16(header + kIpv4IdOffset);
}
constexpr uint16_t ipv4_fragment_field(const uint8_t* header) noexcept {
  return load_be16(header + kIpv4FragmentOffset);
}
constexpr uint8_t ipv4_ttl(const uint8_t* header) noexcept {
  return header[kIpv4TtlOffset];
}
constexpr uint8_t ipv4_protocol(const uint8_t* header) noexcept {
  return header[kIpv4ProtocolOffset];
}
constexpr uint16_t ipv4_checksum(const uint8_t* header) noexcept {
  return load_be16(header + kIpv4ChecksumOffset);
}
constexpr uint32_t ipv4_source(const uint8_t* header) noexcept {
  return load_be32(header + kIpv4SourceOffset);
}
constexpr uint32_t ipv4_destination(const uint8_t* header) noexcept {
  return load_be32(header + kIpv4DestinationOffset);
}

constexpr void set_ipv4_total_length(uint8_t* header, uint16_t value) noexcept {
  store_be16(header + kIpv4TotalLengthOffset, value);
}
constexpr void set_ipv4_id(uint8_t* header, uint16_t value) noexcept {
  store_be16(header + kIpv4IdOffset, value);
}
constexpr void set_ipv4_protocol(uint8_t* header, uint8_t value) noexcept {
  header[kIpv4ProtocolOffset] = value;
}
constexpr void set_ipv4_checksum(uint8_t* header, uint16_t value) noexcept {
  store_be16(header + kIpv4ChecksumOffset, value);
}

// What a sender fills in; options are not written.
struct Ipv4Fields {
  uint32_t source = 0;
  uint32_t destination = 0;
  uint16_t total_length = 0;
  uint16_t id = 0;
  uint16_t fragment = kIpv4DontFragment;  // the whole 16-bit field
  uint8_t tos = 0;
  uint8_t ttl = 64;
  uint8_t protocol = 0;
};

// Writes kIpv4HeaderBytes, checksum included.
void write_ipv4_header(uint8_t* header, const Ipv4Fields& fields) noexcept;

}  // namespace pspnic::net
