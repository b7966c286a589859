// SPDX-License-Identifier: Apache-2.0
// UDP header (RFC 768) as offsets and accessors on raw bytes; the caller guarantees kUdpHeaderBytes of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/net/bytes.h"

namespace pspnic::net {

inline constexpr size_t kUdpHeaderBytes = 8;

inline constexpr size_t kUdpSourcePortOffset = 0;
inline constexpr size_t kUdpDestinationPortOffset = 2;
inline constexpr size_t kUdpLengthOffset = 4;
inline constexpr size_t kUdpChecksumOffset = 6;

constexpr uint16_t udp_source_port(const uint8_t* header) noexcept {
  return load_be16(header);
}
constexpr uint16_t udp_destination_port(const uint8_t* header) noexcept {
  return load_be16(header + kUdpDestinationPortOffset);
}
constexpr uint16_t udp_length(const uint8_t* header) noexcept {
  return load_be16(header + kUdpLengthOffset);
}
constexpr uint16_t udp_checksum(const uint8_t* header) noexcept {
  return load_be16(header + kUdpChecksumOffset);
}

constexpr void set_udp_length(uint8_t* header, uint16_t value) noexcept {
  store_be16(header + kUdpLengthOffset, value);
}
constexpr void set_udp_checksum(uint8_t* header, uint16_t value) noexcept {
  store_be16(header + kUdpChecksumOffset, value);
}

// Writes kUdpHeaderBytes; `length` covers header and payload.
constexpr void write_udp_header(uint8_t* header, uint16_t source_port, uint16_t destination_port,
                                uint16_t length, uint16_t checksum) noexcept {
  store_be16(header + kUdpSourcePortOffset, source_port);
  store_be16(header + kUdpDestinationPortOffset, destination_port);
  store_be16(header + kUdpLengthOffset, length);
  store_be16(header + kUdpChecksumOffset, checksum);
}

}  // namespace pspnic::net
