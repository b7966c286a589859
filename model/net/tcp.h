// SPDX-License-Identifier: Apache-2.0
// TCP header (RFC 9293) as offsets and accessors on raw bytes; the caller guarantees kTcpHeaderBytes of it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/net/bytes.h"

namespace pspnic::net {

inline constexpr size_t kTcpHeaderBytes = 20;     // without options
inline constexpr size_t kTcpMaxHeaderBytes = 60;  // data offset 15

inline constexpr size_t kTcpSourcePortOffset = 0;
inline constexpr size_t kTcpDestinationPortOffset = 2;
inline constexpr size_t kTcpSequenceOffset = 4;
inline constexpr size_t kTcpAckOffset = 8;
inline constexpr size_t kTcpDataOffsetOffset = 12;
inline constexpr size_t kTcpFlagsOffset = 13;
inline constexpr size_t kTcpWindowOffset = 14;
inline constexpr size_t kTcpChecksumOffset = 16;
inline constexpr size_t kTcpUrgentOffset = 18;

inline constexpr uint8_t kTcpFin = 0x01;
inline constexpr uint8_t kTcpSyn = 0x02;
inline constexpr uint8_t kTcpRst = 0x04;
inline constexpr uint8_t kTcpPsh = 0x08;
inline constexpr uint8_t kTcpAck = 0x10;
inline constexpr uint8_t kTcpUrg = 0x20;
inline constexpr uint8_t kTcpEce = 0x40;
inline constexpr uint8_t kTcpCwr = 0x80;

constexpr uint16_t tcp_source_port(const uint8_t* header) noexcept {
  return load_be16(header);
}
constexpr uint16_t tcp_destination_port(const uint8_t* header) noexcept {
  return load_be16(header + kTcpDestinationPortOffset);
}
constexpr uint32_t tcp_sequence(const uint8_t* header) noexcept {
  return load_be32(header + kTcpSequenceOffset);
}
constexpr uint32_t tcp_ack(const uint8_t* header) noexcept {
  return load_be32(header + kTcpAckOffset);
}
// From the data offset field: 0..60; below kTcpHeaderBytes it is invalid.
constexpr size_t tcp_header_bytes(const uint8_t* header) noexcept {
  return (header[kTcpDataOffsetOffset] >> 4) * 4U;
}
constexpr uint8_t tcp_flags(const uint8_t* header) noexcept {
  return header[kTcpFlagsOffset];
}
constexpr uint16_t tcp_window(const uint8_t* header) noexcept {
  return load_be16(header + kTcpWindowOffset);
}
constexpr uint16_t tcp_checksum(const uint8_t* header) noexcept {
  return load_be16(header + kTcpChecksumOffset);
}

constexpr void set_tcp_sequence(uint8_t* header, uint32_t value) noexcept {
  store_be32(header + kTcpSequenceOffset, value);
}
constexpr void set_tcp_flags(uint8_t* header, uint8_t value) noexcept {
  header[kTcpFlagsOffset] = value;
}
constexpr void set_tcp_checksum(uint8_t* header, uint16_t value) noexcept {
  store_be16(header + kTcpChecksumOffset, value);
}

// What a sender fills in. The checksum is written as 0.
struct TcpFields {
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint32_t sequence = 0;
  uint32_t ack = 0;
  uint16_t window = 0xffff;
  uint8_t flags = kTcpAck;
  uint8_t header_bytes = kTcpHeaderBytes;  // 20..60, a multiple of 4; options are the caller's to write
};

// Writes kTcpHeaderBytes.
constexpr void write_tcp_header(uint8_t* header, const TcpFields& fields) noexcept {
  store_be16(header + kTcpSourcePortOffset, fields.source_port);
  store_be16(header + kTcpDestinationPortOffset, fields.destination_port);
  store_be32(header + kTcpSequenceOffset, fields.sequence);
  store_be32(header + kTcpAckOffset, fields.ack);
  header[kTcpDataOffsetOffset] = static_cast<uint8_t>((fields.header_bytes / 4U) << 4);
  header[kTcpFlagsOffset] = fields.flags;
  store_be16(header + kTcpWindowOffset, fields.window);
  store_be16(header + kTcpChecksumOffset, 0);
  store_be16(header + kTcpUrgentOffset, 0);
}

}  // namespace pspnic::net
