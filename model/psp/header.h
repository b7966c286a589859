// SPDX-License-Identifier: Apache-2.0
// The PSP header: its fields, sizes and versions. Every number is from the PSP Architecture Specification of
// 17 November 2022 (sections on the packet format and the UDP port). All fields are big endian on the wire.
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/net/ipv4.h"
#include "model/net/udp.h"

namespace pspnic::psp {

inline constexpr uint16_t kUdpPort = 1000;  // UDP destination port that says "PSP"
inline constexpr size_t kHeaderBytes = 16;  // without cookie and other extensions
inline constexpr size_t kIcvBytes = 16;     // GCM tag behind the payload
inline constexpr size_t kVcBytes = 8;       // virtualization cookie
inline constexpr size_t kNonceBytes = 12;   // SPI and IV, as they stand in the header
inline constexpr size_t kSpiOffset = 4;  // from the first byte of the PSP header; also where the nonce starts
inline constexpr size_t kIvOffset = 8;   //
inline constexpr size_t kVcOffset = 16;  // only when V is set
inline constexpr size_t kMaxHeaderBytes = 2048;  // HdrExtLen 255
inline constexpr uint8_t kMaxCryptOffset = 63;   // 4-byte units, six bits
inline constexpr size_t kCryptOffsetUnitBytes = 4;
// The least a PSP packet has: a header and an ICV around no payload at all.
inline constexpr size_t kMinPacketBytes = kHeaderBytes + kIcvBytes;
// What transport mode adds to an IP packet when there is no cookie.
inline constexpr size_t kTransportOverheadBytes = net::kUdpHeaderBytes + kHeaderBytes + kIcvBytes;

// Next Header 4 or 41: the payload is an IP packet. Every other value is transport mode.
constexpr bool is_tunnel(uint8_t next_header) {
  return next_header == net::kProtocolIpv4 || next_header == net::kProtocolIpv6;
}

// What the Version field says; 4..15 are reserved.
enum class Version : uint8_t { kAesGcm128 = 0, kAesGcm256 = 1, kAesGmac128 = 2, kAesGmac256 = 3 };
inline constexpr uint8_t kVersions = 4;
inline constexpr uint8_t kMaxVersionField = 15;

constexpr bool is_known_version(uint8_t version) {
  return version < kVersions;
}

// Bytes of a session key of this version: 16 or 32.
constexpr uint8_t key_bytes(Version version) {
  return version == Version::kAesGcm128 || version == Version::kAesGmac128 ? 16 : 32;
}

// Authenticates only: nothing is encrypted, Crypt Offset is reserved.
constexpr bool is_gmac(Version version) {
  return version == Version::kAesGmac128 || version == Version::kAesGmac256;
}

// A PSP header with all its fields. Extension bytes behind the cookie are opaque and stay in the packet.
struct Header {
  uint8_t next_header = 0;
  uint8_t hdr_ext_len = 1;         // header length in 8-byte units, not counting the first 8
  uint8_t crypt_offset = 0;        // 4-byte units from the end of the IV, 0..63
  uint8_t version = 0;             // 0..15; is_known_version() before casting to Version
  bool sample = false;             // S: sample at the receiver
  bool drop_after_sample = false;  // D
  bool vc_present = false;         // V
  bool always_one = true;          // the bit that the format fixes to 1
  uint8_t reserved = 0;            // R: two bits, sent 0, ignored by the receiver but authenticated
  uint32_t spi = 0;
  uint64_t iv = 0;
  uint64_t vc = 0;  // meaningful only with vc_present and hdr_ext_len >= 2; ciphertext when crypt_offset < 2

  bool operator==(const Header&) const = default;
};

// Bytes of the header on the wire, cookie and extensions included: 8..2048.
constexpr size_t header_bytes(const Header& header) {
  return (header.hdr_ext_len + size_t{1}) * 8;
}

// Bytes from the start of the header to the first encrypted byte, as Crypt Offset says; GMAC ignores it.
constexpr size_t clear_bytes(const Header& header) {
  return kHeaderBytes + header.crypt_offset * kCryptOffsetUnitBytes;
}

// What the byte counters of the specification count of a PSP packet of this size: everything behind the IV up
// to the ICV, so a cookie counts and the 16-byte header does not.
constexpr size_t counted_bytes(size_t psp_packet_bytes) {
  return psp_packet_bytes - kMinPacketBytes;
}

// Single fields of a header, for code that needs no other.
constexpr uint8_t hdr_ext_len_field(const uint8_t* psp) {
  return psp[1];
}
constexpr uint8_t crypt_offset_field(const uint8_t* psp) {
  return psp[2] & 0x3f;
}
constexpr uint8_t version_field(const uint8_t* psp) {
  return psp[3] >> 2 & 0xf;
}
constexpr void set_version_field(uint8_t* psp, Version version) {
  psp[3] = static_cast<uint8_t>((psp[3] & ~0x3c) | static_cast<uint8_t>(version) << 2);
}
constexpr bool vc_present_field(const uint8_t* psp) {
  return (psp[3] & 0x02) != 0;
}
constexpr bool always_one_field(const uint8_t* psp) {
  return (psp[3] & 0x01) != 0;
}
constexpr uint8_t next_header_field(const uint8_t* psp) {
  return psp[0];
}
constexpr size_t header_bytes(const uint8_t* psp) {
  return (hdr_ext_len_field(psp) + size_t{1}) * 8;
}
constexpr size_t clear_bytes(const uint8_t* psp) {
  return kHeaderBytes + crypt_offset_field(psp) * kCryptOffsetUnitBytes;
}

// Reads 16 bytes, and 8 more when there is a cookie. Any packet of kMinPacketBytes is long enough for that.
Header decode_header(const uint8_t* psp) noexcept;

// Writes 16 bytes, and 8 more when there is a cookie. Extensions behind them are left alone.
void encode_header(const Header& header, uint8_t* psp) noexcept;

}  // namespace pspnic::psp
