// SPDX-License-Identifier: Apache-2.0
// Ethernet (IEEE 802.3) and VLAN tags (IEEE 802.1Q): sizes, ether types, MAC addresses. All sizes in bytes.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/net/bytes.h"

namespace pspnic::net {

inline constexpr size_t kMacAddressBytes = 6;
inline constexpr size_t kEthernetHeaderBytes = 14;
inline constexpr size_t kVlanTagBytes = 4;
inline constexpr size_t kMaxVlanTags = 2;     // a third tag stays unparsed
inline constexpr size_t kMinFrameBytes = 60;  // without FCS; shorter frames are padded on the wire
inline constexpr size_t kFcsBytes = 4;
inline constexpr uint32_t kStandardMtu = 1500;     // bytes of an IP packet
inline constexpr size_t kPreambleBytes = 8;        // preamble 7, start of frame delimiter 1
inline constexpr size_t kInterFrameGapBytes = 12;  // minimum (96 bit times)

inline constexpr size_t kEthernetDestinationOffset = 0;
inline constexpr size_t kEthernetSourceOffset = 6;
inline constexpr size_t kEtherTypeOffset = 12;

// IEEE 802 numbers (IANA registry). A value below kEtherTypeMin is an IEEE 802.3 length.
inline constexpr uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr uint16_t kEtherTypeArp = 0x0806;
inline constexpr uint16_t kEtherTypeIpv6 = 0x86dd;
inline constexpr uint16_t kEtherTypeVlan = 0x8100;         // C-VLAN, IEEE 802.1Q
inline constexpr uint16_t kEtherTypeServiceVlan = 0x88a8;  // S-VLAN, outer tag of QinQ
inline constexpr uint16_t kEtherTypeMacControl = 0x8808;   // PAUSE, IEEE 802.3 annex 31B
inline constexpr uint16_t kEtherTypeMin = 0x0600;

constexpr bool is_vlan_ether_type(uint16_t ether_type) noexcept {
  return ether_type == kEtherTypeVlan || ether_type == kEtherTypeServiceVlan;
}

// Tag control information: priority 15:13, drop eligible 12, VLAN identifier 11:0.
constexpr uint16_t vlan_id(uint16_t tci) noexcept {
  return tci & 0x0fff;
}
constexpr uint8_t vlan_priority(uint16_t tci) noexcept {
  return static_cast<uint8_t>(tci >> 13);
}

struct MacAddress {
  std::array<uint8_t, kMacAddressBytes> bytes{};

  static MacAddress load(const uint8_t* from) noexcept {
    MacAddress address;
    std::memcpy(address.bytes.data(), from, kMacAddressBytes);
    return address;
  }
  void store(uint8_t* to) const noexcept { std::memcpy(to, bytes.data(), kMacAddressBytes); }

  // "02:00:00:00:00:01": six groups of exactly two hexadecimal digits, separated by ':' or '-'; else nothing.
  static std::optional<MacAddress> parse(std::string_view text) noexcept;
  std::string print() const;  // lower case, ':'

  constexpr bool is_multicast() const noexcept { return (bytes[0] & 1) != 0; }  // broadcast included
  constexpr bool is_broadcast() const noexcept { return *this == broadcast(); }
  constexpr bool is_zero() const noexcept { return *this == MacAddress{}; }
  static constexpr MacAddress broadcast() noexcept { return {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}; }

  constexpr auto operator<=>(const MacAddress&) const noexcept = default;
};

inline MacAddress ethernet_destination(const uint8_t* frame) noexcept {
  return MacAddress::load(frame + kEthernetDestinationOffset);
}
inline MacAddress ethernet_source(const uint8_t* frame) noexcept {
  return MacAddress::load(frame + kEthernetSourceOffset);
}

}  // namespace pspnic::net
