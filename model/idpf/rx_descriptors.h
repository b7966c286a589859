// SPDX-License-Identifier: Apache-2.0
// Rx descriptors of split queues: the buffer descriptor a driver posts and the completion (RXDID 2) the
// device writes, 32 bytes each. encode() cuts a field to its width. A completion must become visible as a
// whole, or its bytes 4-5 last: a driver polls the generation bit there. Single queues: rx_single.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/net/bytes.h"

namespace pspnic::idpf {

inline constexpr size_t kRxBufferDescriptorBytes = 32;
inline constexpr size_t kRxCompletionBytes = 32;
inline constexpr uint8_t kRxdidFlex = 2;  // "flex adv nic 3", the only completion format of split queues
inline constexpr uint32_t kMaxRxLength = (1u << 14) - 1;        // bytes in one buffer
inline constexpr uint32_t kMaxRxHeaderLength = (1u << 10) - 1;  // bytes
inline constexpr uint32_t kPtypeMask = 0x3FF;

// A free buffer, posted on an Rx buffer queue.
struct RxBufferDescriptor {
  uint16_t buf_id = 0;  // copied to the completion; DPDK leaves 0 and counts
  uint64_t packet_address = 0;
  uint64_t header_address = 0;  // with header split only

  void encode(std::span<uint8_t, kRxBufferDescriptorBytes> out) const {
    net::store_le64(&out[0], buf_id);
    net::store_le64(&out[8], packet_address);
    net::store_le64(&out[16], header_address);
    net::store_le64(&out[24], 0);
  }
  static RxBufferDescriptor decode(std::span<const uint8_t, kRxBufferDescriptorBytes> in) {
    return {.buf_id = net::load_le16(&in[0]),
            .packet_address = net::load_le64(&in[8]),
            .header_address = net::load_le64(&in[16])};
  }
  bool operator==(const RxBufferDescriptor&) const = default;
};

enum class RxCast : uint8_t { kUnicast = 0, kMulticast = 1, kBroadcast = 2 };

// What the PSP engine did with the packet; field FF0. Not written unless the queue has kQflagPsp.
enum class PspRxStatus : uint8_t {
  kNotPsp = 0,        // or not processed
  kOk = 1,            // decrypted and authenticated
  kAuthFail = 2,      // the ICV is wrong
  kBadVersion = 3,    // unsupported or not enabled
  kMalformed = 4,     // header length, crypt offset or packet length
  kNoKey = 5,         // stale generation or another function's SPI
  kEngineBypass = 6,  // overload
  kSample = 7,        // a copy of an authentic packet with the S bit, as it was on the wire
};

// RxCompletion::status0, byte 1.
inline constexpr uint8_t kRxLpbk = 1u << 0;
inline constexpr uint8_t kRxIpv6ExAdd = 1u << 1;
inline constexpr uint8_t kRxRxe = 1u << 2;  // drop such frames: DPDK does not look
inline constexpr uint8_t kRxCrcp = 1u << 3;
inline constexpr uint8_t kRxRssValid = 1u << 4;
inline constexpr uint8_t kRxL2tag1p = 1u << 5;
inline constexpr uint8_t kRxXtrmd0Valid = 1u << 6;
// Our use of it: the device took the PSP packet's outer headers and ICV off, see RxCompletion::l2tag2.
inline constexpr uint8_t kRxPspStripped = kRxXtrmd0Valid;
inline constexpr uint8_t kRxXtrmd1Valid = 1u << 7;

// RxCompletion::status1, byte 8.
inline constexpr uint8_t kRxDd = 1u << 0;
inline constexpr uint8_t kRxEof = 1u << 1;    // last buffer of the packet
inline constexpr uint8_t kRxHbo = 1u << 2;    // header buffer overflow
inline constexpr uint8_t kRxL3l4p = 1u << 3;  // checksums were looked at
inline constexpr uint8_t kRxIpe = 1u << 4;    // IPv4 header checksum error
inline constexpr uint8_t kRxL4e = 1u << 5;    // L4 checksum error
inline constexpr uint8_t kRxEipe = 1u << 6;   // outer IPv4 header checksum error
inline constexpr uint8_t kRxEudpe = 1u << 7;  // outer UDP checksum error

// RxCompletion::status2, byte 9.
inline constexpr uint8_t kRxAtraeFail = 1u << 2;
inline constexpr uint8_t kRxL2tag2p = 1u << 3;
inline constexpr uint8_t kRxXtrmd2Valid = 1u << 4;
inline constexpr uint8_t kRxXtrmd3Valid = 1u << 5;
inline constexpr uint8_t kRxXtrmd4Valid = 1u << 6;  // with PSP: fmd4 and fmd6 hold the SPI
inline constexpr uint8_t kRxXtrmd5Valid = 1u << 7;

// One buffer of a received packet. Metadata counts in the completion with EOF; length, generation, buffer
// queue and buf_id in each.
struct RxCompletion {
  uint8_t rxdid = kRxdidFlex;      // byte 0 [3:0]
  RxCast cast = RxCast::kUnicast;  // byte 0 [7:6]
  uint8_t status0 = 0;             // byte 1
  uint16_t ptype = 0;              // bytes 2-3 [9:0]
  bool ip_hdr_err = false;         // [10]
  bool udp_len_err = false;        // [11]
  bool raw_csum_inv = true;        // [12] raw_csum is no checksum. Leave it set: see the note at raw_csum
  PspRxStatus psp_status = PspRxStatus::kNotPsp;  // [15:13], FF0
  uint16_t length = 0;                            // bytes 4-5 [13:0], bytes in this buffer
  bool generation = false;                        // [14]
  bool bufq2 = false;                             // [15] the buffer came from buffer queue 2
  uint16_t header_length = 0;                     // bytes 6-7 [9:0]
  bool rsc = false;                               // [10]
  bool sph = false;                               // [11] the header was split off
  bool ext_udp_0 = false;                         // [12] outer UDP checksum is zero
  bool int_udp_0 = false;                         // [13] inner UDP checksum is zero
  bool trunc_mirror = false;                      // [14]
  bool miss_prepend = false;                      // [15]
  uint8_t status1 = 0;                            // byte 8
  uint8_t status2 = 0;                            // byte 9
  uint8_t psp_generation = 0;                     // byte 10 [6:0], fflags1
  bool psp_icv_stripped = false;                  // byte 10 [7]
  uint8_t ts_low = 0;                             // byte 11; bit 0 = time stamp valid
  uint16_t buf_id = 0;                            // bytes 12-13
  // bytes 14-15; Linux takes it as the packet's sum if raw_csum_inv is clear. With rsc it is the payload of
  // each segment but the last, not 0
  uint16_t raw_csum = 0;
  uint32_t hash = 0;  // bytes 16-19
  // bytes 20-21. kRxL2tag2p says that it is a tag, which this device never sets; with kRxPspStripped the PSP
  // version, which no header shows then
  uint16_t l2tag2 = 0;
  uint16_t l2tag1 = 0;   // bytes 24-25
  uint32_t psp_spi = 0;  // bytes 22-23 (fmd4) low half, 26-27 (fmd6) high half
  uint32_t ts_high = 0;  // bytes 28-31

  void encode(std::span<uint8_t, kRxCompletionBytes> out) const {
    out[0] = static_cast<uint8_t>((rxdid & 0xFu) | static_cast<uint32_t>(cast) << 6);
    out[1] = status0;
    net::store_le16(&out[2],
                    static_cast<uint16_t>((ptype & kPtypeMask) | uint32_t{ip_hdr_err} << 10 |
                                          uint32_t{udp_len_err} << 11 | uint32_t{raw_csum_inv} << 12 |
                                          static_cast<uint32_t>(psp_status) << 13));
    net::store_le16(&out[4], static_cast<uint16_t>((length & kMaxRxLength) | uint32_t{generation} << 14 |
                                                   uint32_t{bufq2} << 15));
    net::store_le16(&out[6], static_cast<uint16_t>(
                                 (header_length & kMaxRxHeaderLength) | uint32_t{rsc} << 10 |
                                 uint32_t{sph} << 11 | uint32_t{ext_udp_0} << 12 | uint32_t{int_udp_0} << 13 |
                                 uint32_t{trunc_mirror} << 14 | uint32_t{miss_prepend} << 15));
    out[8] = status1;
    out[9] = status2;
    out[10] = static_cast<uint8_t>((psp_generation & 0x7Fu) | uint32_t{psp_icv_stripped} << 7);
    out[11] = ts_low;
    net::store_le16(&out[12], buf_id);
    net::store_le16(&out[14], raw_csum);
    net::store_le32(&out[16], hash);
    net::store_le16(&out[20], l2tag2);
    net::store_le16(&out[22], static_cast<uint16_t>(psp_spi));
    net::store_le16(&out[24], l2tag1);
    net::store_le16(&out[26], static_cast<uint16_t>(psp_spi >> 16));
    net::store_le32(&out[28], ts_high);
  }

  static RxCompletion decode(std::span<const uint8_t, kRxCompletionBytes> in) {
    const uint16_t type = net::load_le16(&in[2]);
    const uint16_t size = net::load_le16(&in[4]);
    const uint16_t header = net::load_le16(&in[6]);
    const auto bit = [](uint32_t word, unsigned n) { return (word >> n & 1) != 0; };
    return {.rxdid = static_cast<uint8_t>(in[0] & 0xF),
            .cast = RxCast{static_cast<uint8_t>(in[0] >> 6)},
            .status0 = in[1],
            .ptype = static_cast<uint16_t>(type & kPtypeMask),
            .ip_hdr_err = bit(type, 10),
            .udp_len_err = bit(type, 11),
            .raw_csum_inv = bit(type, 12),
            .psp_status = PspRxStatus{static_cast<uint8_t>(type >> 13)},
            .length = static_cast<uint16_t>(size & kMaxRxLength),
            .generation = bit(size, 14),
            .bufq2 = bit(size, 15),
            .header_length = static_cast<uint16_t>(header & kMaxRxHeaderLength),
            .rsc = bit(header, 10),
            .sph = bit(header, 11),
            .ext_udp_0 = bit(header, 12),
            .int_udp_0 = bit(header, 13),
            .trunc_mirror = bit(header, 14),
            .miss_prepend = bit(header, 15),
            .status1 = in[8],
            .status2 = in[9],
            .psp_generation = static_cast<uint8_t>(in[10] & 0x7F),
            .psp_icv_stripped = bit(in[10], 7),
            .ts_low = in[11],
            .buf_id = net::load_le16(&in[12]),
            .raw_csum = net::load_le16(&in[14]),
            .hash = net::load_le32(&in[16]),
            .l2tag2 = net::load_le16(&in[20]),
            .l2tag1 = net::load_le16(&in[24]),
            .psp_spi = uint32_t{net::load_le16(&in[26])} << 16 | net::load_le16(&in[22]),
            .ts_high = net::load_le32(&in[28])};
  }
  bool operator==(const RxCompletion&) const = default;
};

}  // namespace pspnic::idpf
