// SPDX-License-Identifier: Apache-2.0
// Rx descriptors of single queues: the completion overwrites the buffer descriptor it used. DD, bit 0 of byte
// 8, says so; a driver posts header_address 0 and thereby clears it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/idpf/rx_descriptors.h"
#include "model/net/bytes.h"

namespace pspnic::idpf {

inline constexpr uint8_t kRxdidBase = 1;

// A free buffer; the first 16 bytes of a 16- or 32-byte descriptor.
struct SingleRxBuffer {
  uint64_t packet_address = 0;
  uint64_t header_address = 0;

  void encode(std::span<uint8_t, 16> out) const {
    net::store_le64(&out[0], packet_address);
    net::store_le64(&out[8], header_address);
  }
  static SingleRxBuffer decode(std::span<const uint8_t, 16> in) {
    return {.packet_address = net::load_le64(&in[0]), .header_address = net::load_le64(&in[8])};
  }
  bool operator==(const SingleRxBuffer&) const = default;
};

// SingleRxFlex::status0.
inline constexpr uint16_t kSingleDd = 1u << 0;
inline constexpr uint16_t kSingleEof = 1u << 1;
inline constexpr uint16_t kSingleHbo = 1u << 2;
inline constexpr uint16_t kSingleL3l4p = 1u << 3;
inline constexpr uint16_t kSingleIpe = 1u << 4;
inline constexpr uint16_t kSingleL4e = 1u << 5;
inline constexpr uint16_t kSingleEipe = 1u << 6;
inline constexpr uint16_t kSingleEudpe = 1u << 7;
inline constexpr uint16_t kSingleLpbk = 1u << 8;
inline constexpr uint16_t kSingleIpv6ExAdd = 1u << 9;
inline constexpr uint16_t kSingleRxe = 1u << 10;
inline constexpr uint16_t kSingleCrcp = 1u << 11;
inline constexpr uint16_t kSingleRssValid = 1u << 12;
inline constexpr uint16_t kSingleL2tag1p = 1u << 13;
// SingleRxFlex::status1.
inline constexpr uint16_t kSingleNat = 1u << 4;
inline constexpr uint16_t kSingleCrypto = 1u << 5;  // PSP decrypted and authenticated
inline constexpr uint16_t kSingleL2tag2p = 1u << 11;

// RXDID 2, 32 bytes. Byte 8 last: DD is in it.
struct SingleRxFlex {
  uint16_t ptype = 0;          // bytes 2-3 [9:0]; drivers use 8 bits
  uint16_t length = 0;         // bytes 4-5 [13:0]
  uint16_t status0 = 0;        // bytes 8-9
  uint16_t l2tag1 = 0;         // bytes 10-11
  uint32_t hash = 0;           // bytes 12-15
  uint16_t status1 = 0;        // bytes 16-17
  uint8_t ts_low = 0;          // byte 19
  uint16_t l2tag2_first = 0;   // bytes 20-21
  uint16_t l2tag2_second = 0;  // bytes 22-23
  uint32_t flow_id = 0;        // bytes 24-27
  uint32_t ts_high = 0;        // bytes 28-31

  void encode(std::span<uint8_t, 32> out) const {
    net::store_le16(&out[0], kRxdidFlex);
    net::store_le16(&out[2], static_cast<uint16_t>(ptype & kPtypeMask));
    net::store_le32(&out[4], length & kMaxRxLength);
    net::store_le16(&out[8], status0);
    net::store_le16(&out[10], l2tag1);
    net::store_le32(&out[12], hash);
    net::store_le16(&out[16], status1);
    out[18] = 0;
    out[19] = ts_low;
    net::store_le16(&out[20], l2tag2_first);
    net::store_le16(&out[22], l2tag2_second);
    net::store_le32(&out[24], flow_id);
    net::store_le32(&out[28], ts_high);
  }
  static SingleRxFlex decode(std::span<const uint8_t, 32> in) {
    return {.ptype = static_cast<uint16_t>(net::load_le16(&in[2]) & kPtypeMask),
            .length = static_cast<uint16_t>(net::load_le16(&in[4]) & kMaxRxLength),
            .status0 = net::load_le16(&in[8]),
            .l2tag1 = net::load_le16(&in[10]),
            .hash = net::load_le32(&in[12]),
            .status1 = net::load_le16(&in[16]),
            .ts_low = in[19],
            .l2tag2_first = net::load_le16(&in[20]),
            .l2tag2_second = net::load_le16(&in[22]),
            .flow_id = net::load_le32(&in[24]),
            .ts_high = net::load_le32(&in[28])};
  }
  bool operator==(const SingleRxFlex&) const = default;
};

// SingleRxBase::status, 19 bits.
inline constexpr uint32_t kBaseRxDd = 1u << 0;
inline constexpr uint32_t kBaseRxEof = 1u << 1;
inline constexpr uint32_t kBaseRxL3l4p = 1u << 3;
inline constexpr uint32_t kBaseRxExtUdp0 = 1u << 8;
inline constexpr uint32_t kBaseRxMulticast = 1u << 9;  // umbcast [10:9]
inline constexpr uint32_t kBaseRxBroadcast = 2u << 9;
inline constexpr uint32_t kBaseRxFltstatRss = 3u << 12;  // fltstat [13:12]: rss is the hash
inline constexpr uint32_t kBaseRxIpv6ExAdd = 1u << 15;
// SingleRxBase::error, 8 bits.
inline constexpr uint8_t kBaseRxeRxe = 1u << 0;
inline constexpr uint8_t kBaseRxeIpe = 1u << 3;
inline constexpr uint8_t kBaseRxeL4e = 1u << 4;
inline constexpr uint8_t kBaseRxeEipe = 1u << 5;
inline constexpr uint8_t kBaseRxePprs = 1u << 7;

// RXDID 1, the first 16 bytes.
struct SingleRxBase {
  uint32_t rss = 0;     // bytes 4-7
  uint32_t status = 0;  // qword 1 [18:0]
  uint8_t error = 0;    // [26:19]
  uint8_t ptype = 0;    // [37:30]
  uint16_t length = 0;  // [51:38], bytes

  void encode(std::span<uint8_t, 16> out) const {
    net::store_le32(&out[0], 0);
    net::store_le32(&out[4], rss);
    net::store_le64(&out[8], uint64_t{status & 0x7FFFFu} | uint64_t{error} << 19 | uint64_t{ptype} << 30 |
                                 uint64_t{length & kMaxRxLength} << 38);
  }
  static SingleRxBase decode(std::span<const uint8_t, 16> in) {
    const uint64_t word = net::load_le64(&in[8]);
    return {.rss = net::load_le32(&in[4]),
            .status = static_cast<uint32_t>(word & 0x7FFFF),
            .error = static_cast<uint8_t>(word >> 19),
            .ptype = static_cast<uint8_t>(word >> 30),
            .length = static_cast<uint16_t>(word >> 38 & kMaxRxLength)};
  }
  bool operator==(const SingleRxBase&) const = default;
};

}  // namespace pspnic::idpf
