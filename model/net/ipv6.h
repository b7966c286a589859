// SPDX-License-Identifier: Apache-2.0
// IPv6 header (RFC 8200) and its extension headers as offsets and accessors on raw bytes. `header` points at
// the version byte; the caller guarantees kIpv6HeaderBytes of it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/net/bytes.h"

namespace pspnic::net {

inline constexpr size_t kIpv6HeaderBytes = 40;
inline constexpr size_t kIpv6AddressBytes = 16;

inline constexpr size_t kIpv6PayloadLengthOffset = 4;
inline constexpr size_t kIpv6NextHeaderOffset = 6;
inline constexpr size_t kIpv6HopLimitOffset = 7;
inline constexpr size_t kIpv6SourceOffset = 8;
inline constexpr size_t kIpv6DestinationOffset = 24;

// Extension headers (IANA registry "IPv6 Extension Header Types"). ESP hides what follows, so it ends the
// chain.
inline constexpr uint8_t kIpv6HopByHop = 0;
inline constexpr uint8_t kIpv6Routing = 43;
inline constexpr uint8_t kIpv6Fragment = 44;
inline constexpr uint8_t kIpv6Authentication = 51;
inline constexpr uint8_t kIpv6DestinationOptions = 60;
inline constexpr uint8_t kIpv6Mobility = 135;
inline constexpr uint8_t kIpv6HostIdentity = 139;
inline constexpr uint8_t kIpv6Shim6 = 140;

inline constexpr size_t kIpv6ExtensionMinBytes = 8;
inline constexpr size_t kIpv6FragmentHeaderBytes = 8;
inline constexpr size_t kIpv6FragmentFieldOffset = 2;  // in the fragment header: offset 15:3, M bit 0
inline constexpr size_t kIpv6SegmentsLeftOffset = 3;   // in the routing header

constexpr bool is_ipv6_extension(uint8_t next_header) noexcept {
  switch (next_header) {
    case kIpv6HopByHop:
    case kIpv6Routing:
    case kIpv6Fragment:
    case kIpv6Authentication:
    case kIpv6DestinationOptions:
    case kIpv6Mobility:
    case kIpv6HostIdentity:
    case kIpv6Shim6:
      return true;
    default:
      return false;
  }
}

// Length of the extension header of type `type` at `extension` (2 bytes readable): 8..2048, a multiple of 4
// (authentication) or 8.
constexpr size_t ipv6_extension_bytes(uint8_t type, const uint8_t* extension) noexcept {
  if (type == kIpv6Fragment) return kIpv6FragmentHeaderBytes;
  if (type == kIpv6Authentication) return (size_t{extension[1]} + 2) * 4;
  return (size_t{extension[1]} + 1) * 8;
}

constexpr uint8_t ipv6_traffic_class(const uint8_t* header) noexcept {
  return static_cast<uint8_t>(load_be16(header) >> 4);
}
constexpr uint32_t ipv6_flow_label(const uint8_t* header) noexcept {
  return load_be32(header) & 0xfffff;
}
constexpr uint16_t ipv6_payload_length(const uint8_t* header) noexcept {
  return load_be16(header + kIpv6PayloadLengthOffset);
}
constexpr uint8_t ipv6_next_header(const uint8_t* header) noexcept {
  return header[kIpv6NextHeaderOffset];
}
constexpr uint8_t ipv6_hop_limit(const uint8_t* header) noexcept {
  return header[kIpv6HopLimitOffset];
}
inline std::span<const uint8_t, kIpv6AddressBytes> ipv6_source(const uint8_t* header) noexcept {
  return std::span<const uint8_t, kIpv6AddressBytes>(header + kIpv6SourceOffset, kIpv6AddressBytes);
}
inline std::span<const uint8_t, kIpv6AddressBytes> ipv6_destination(const uint8_t* header) noexcept {
  return std::span<const uint8_t, kIpv6AddressBytes>(header + kIpv6DestinationOffset, kIpv6AddressBytes);
}

constexpr void set_ipv6_payload_length(uint8_t* header, uint16_t value) noexcept {
  store_be16(header + kIpv6PayloadLengthOffset, value);
}
constexpr void set_ipv6_next_header(uint8_t* header, uint8_t value) noexcept {
  header[kIpv6NextHeaderOffset] = value;
}

// What a sender fills in.
struct Ipv6Fields {
  std::array<uint8_t, kIpv6AddressBytes> source{};
  std::array<uint8_t, kIpv6AddressBytes> destination{};
  uint32_t flow_label = 0;  // 20 bits
  uint16_t payload_length = 0;
  uint8_t traffic_class = 0;
  uint8_t next_header = 0;
  uint8_t hop_limit = 64;
};

// Writes kIpv6HeaderBytes.
void write_ipv6_header(uint8_t* header, const Ipv6Fields& fields) noexcept;

}  // namespace pspnic::net
