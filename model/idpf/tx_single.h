// SPDX-License-Identifier: Apache-2.0
// Tx descriptors of single queues, and of split queues with queue scheduling (DTYPE 7). The device reports by
// writing DTYPE 15 into the descriptor that carried RS.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/idpf/tx_descriptors.h"
#include "model/net/bytes.h"

namespace pspnic::idpf {

// BaseDataDescriptor::command, bits [15:4] of qword 1 shifted down by 4.
inline constexpr uint16_t kBaseEop = 1u << 0;
inline constexpr uint16_t kBaseRs = 1u << 1;
inline constexpr uint16_t kBaseIcrc = 1u << 2;
inline constexpr uint16_t kBaseIl2tag1 = 1u << 3;
inline constexpr uint16_t kBaseIiptIpv6 = 1u << 5;  // IIPT, two bits
inline constexpr uint16_t kBaseIiptIpv4 = 2u << 5;
inline constexpr uint16_t kBaseIiptIpv4Csum = 3u << 5;
inline constexpr uint16_t kBaseL4tTcp = 1u << 8;  // L4T, two bits
inline constexpr uint16_t kBaseL4tSctp = 2u << 8;
inline constexpr uint16_t kBaseL4tUdp = 3u << 8;

// DTYPE 0.
struct BaseDataDescriptor {
  uint64_t buffer_address = 0;
  uint16_t command = 0;      // kBase* bits, 12 bits
  uint16_t mac_length = 0;   // bytes, even, 0..254
  uint16_t ip_length = 0;    // bytes, a multiple of 4, 0..508
  uint8_t l4_length = 0;     // bytes, a multiple of 4, 0..60
  uint16_t buffer_size = 0;  // bytes, 14 bits
  uint16_t l2tag1 = 0;

  void encode(TxDescriptorOut out) const {
    net::store_le64(&out[0], buffer_address);
    const uint64_t word = uint64_t{command & 0xFFFu} << 4 | uint64_t{mac_length / 2u & 0x7Fu} << 16 |
                          uint64_t{ip_length / 4u & 0x7Fu} << 23 | uint64_t{l4_length / 4u & 0xFu} << 30 |
                          uint64_t{buffer_size & kMaxTxBufferSize} << 34 | uint64_t{l2tag1} << 48;
    net::store_le64(&out[8], word);
  }
  static BaseDataDescriptor decode(TxDescriptorIn in) {
    const uint64_t word = net::load_le64(&in[8]);
    return {.buffer_address = net::load_le64(&in[0]),
            .command = static_cast<uint16_t>(word >> 4 & 0xFFF),
            .mac_length = static_cast<uint16_t>((word >> 16 & 0x7F) * 2),
            .ip_length = static_cast<uint16_t>((word >> 23 & 0x7F) * 4),
            .l4_length = static_cast<uint8_t>((word >> 30 & 0xF) * 4),
            .buffer_size = static_cast<uint16_t>(word >> 34 & kMaxTxBufferSize),
            .l2tag1 = static_cast<uint16_t>(word >> 48)};
  }
  bool operator==(const BaseDataDescriptor&) const = default;
};

// BaseContextDescriptor::command, bits [15:4] of qword 1 shifted down by 4.
inline constexpr uint16_t kBaseContextTso = 1u << 0;
inline constexpr uint16_t kBaseContextTsyn = 1u << 1;
inline constexpr uint16_t kBaseContextIl2tag2 = 1u << 2;

// DTYPE 1.
struct BaseContextDescriptor {
  uint32_t tunnelling = 0;  // outer header description, not interpreted here
  uint16_t l2tag2 = 0;
  uint16_t command = 0;  // kBaseContext* bits, 12 bits
  uint32_t tlen = 0;     // bytes, 18 bits
  uint16_t mss = 0;      // bytes, 14 bits

  void encode(TxDescriptorOut out) const {
    net::store_le32(&out[0], tunnelling);
    net::store_le32(&out[4], l2tag2);
    const uint64_t word = uint64_t{1} | uint64_t{command & 0xFFFu} << 4 | uint64_t{tlen & kMaxTlen} << 30 |
                          uint64_t{mss & kMaxMss} << 50;
    net::store_le64(&out[8], word);
  }
  static BaseContextDescriptor decode(TxDescriptorIn in) {
    const uint64_t word = net::load_le64(&in[8]);
    return {.tunnelling = net::load_le32(&in[0]),
            .l2tag2 = net::load_le16(&in[4]),
            .command = static_cast<uint16_t>(word >> 4 & 0xFFF),
            .tlen = static_cast<uint32_t>(word >> 30 & kMaxTlen),
            .mss = static_cast<uint16_t>(word >> 50 & kMaxMss)};
  }
  bool operator==(const BaseContextDescriptor&) const = default;
};

// FlexDataDescriptor::command: cmd_dtype [15:5] in place.
inline constexpr uint16_t kFlexEop = 1u << 5;
inline constexpr uint16_t kFlexRs = 1u << 6;
inline constexpr uint16_t kFlexRe = 1u << 7;
inline constexpr uint16_t kFlexIl2tag1 = 1u << 8;
inline constexpr uint16_t kFlexDummy = 1u << 9;
inline constexpr uint16_t kFlexCsEn = 1u << 10;

// DTYPE 3, 6 and 7.
struct FlexDataDescriptor {
  uint64_t buffer_address = 0;
  Dtype dtype = Dtype::kFlexData;  // 5 bits
  uint16_t command = 0;            // kFlex* bits
  uint16_t l2tag1 = 0;
  uint16_t l2tag2 = 0;
  uint16_t buffer_size = 0;  // bytes, 14 bits

  void encode(TxDescriptorOut out) const {
    net::store_le64(&out[0], buffer_address);
    const uint32_t type = static_cast<uint32_t>(dtype) & 0x1Fu;
    net::store_le16(&out[8], static_cast<uint16_t>((command & kContextCommandMask) | type));
    net::store_le16(&out[10], l2tag1);
    net::store_le16(&out[12], l2tag2);
    net::store_le16(&out[14], static_cast<uint16_t>(buffer_size & kMaxTxBufferSize));
  }
  static FlexDataDescriptor decode(TxDescriptorIn in) {
    const uint16_t word = net::load_le16(&in[8]);
    return {.buffer_address = net::load_le64(&in[0]),
            .dtype = Dtype{static_cast<uint8_t>(word & 0x1F)},
            .command = static_cast<uint16_t>(word & kContextCommandMask),
            .l2tag1 = net::load_le16(&in[10]),
            .l2tag2 = net::load_le16(&in[12]),
            .buffer_size = static_cast<uint16_t>(net::load_le16(&in[14]) & kMaxTxBufferSize)};
  }
  bool operator==(const FlexDataDescriptor&) const = default;
};

// Byte 8 of the descriptor that carried RS, once it is done: the type becomes 15, bits above it stay.
constexpr uint8_t desc_done_byte(uint8_t cmd_dtype_low) {
  return static_cast<uint8_t>((cmd_dtype_low & 0xF0) | static_cast<uint8_t>(Dtype::kDescDone));
}

}  // namespace pspnic::idpf
