// SPDX-License-Identifier: Apache-2.0
#include "model/psp/header.h"

#include "model/net/bytes.h"

namespace pspnic::psp {
namespace {

// Bits of byte 3; Version is bits 5..2.
constexpr uint8_t kSampleBit = 0x80;
constexpr uint8_t kDropBit = 0x40;
constexpr uint8_t kVcBit = 0x02;
constexpr uint8_t kAlwaysOneBit = 0x01;
constexpr unsigned kVersionShift = 2;
// Bits of byte 2: R is bits 7..6.
constexpr unsigned kReservedShift = 6;
constexpr uint8_t kCryptOffsetMask = 0x3f;

// A cookie stands in the header only when HdrExtLen makes room for it.
bool cookie_fits(const Header& header) {
  return header.vc_present && header.hdr_ext_len >= 2;
}

}  // namespace

Header decode_header(const uint8_t* psp) noexcept {
  Header header;
  header.next_header = psp[0];
  header.hdr_ext_len = psp[1];
  header.crypt_offset = psp[2] & kCryptOffsetMask;
  header.reserved = static_cast<uint8_t>(psp[2] >> kReservedShift);
  header.version = static_cast<uint8_t>((psp[3] >> kVersionShift) & kMaxVersionField);
  header.sample = (psp[3] & kSampleBit) != 0;
  header.drop_after_sample = (psp[3] & kDropBit) != 0;
  header.vc_present = (psp[3] & kVcBit) != 0;
  header.always_one = (psp[3] & kAlwaysOneBit) != 0;
  header.spi = net::load_be32(psp + kSpiOffset);
  header.iv = net::load_be64(psp + kIvOffset);
  if (cookie_fits(header)) header.vc = net::load_be64(psp + kVcOffset);
  return header;
}

void encode_header(const Header& header, uint8_t* psp) noexcept {
  psp[0] = header.next_header;
  psp[1] = header.hdr_ext_len;
  psp[2] =
      static_cast<uint8_t>((header.reserved << kReservedShift) | (header.crypt_offset & kCryptOffsetMask));
  psp[3] = static_cast<uint8_t>((header.sample ? kSampleBit : 0) | (header.drop_after_sample ? kDropBit : 0) |
                                ((header.version & kMaxVersionField) << kVersionShift) |
                                (header.vc_present ? kVcBit : 0) | (header.always_one ? kAlwaysOneBit : 0));
  net::store_be32(psp + kSpiOffset, header.spi);
  net::store_be64(psp + kIvOffset, header.iv);
  if (cookie_fits(header)) net::store_be64(psp + kVcOffset, header.vc);
}

}  // namespace pspnic::psp
