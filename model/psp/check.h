// SPDX-License-Identifier: Apache-2.0
// What a receiver decides about a frame before any cryptography: is it PSP, is it framed well, may it be
// opened.
#pragma once

#include <cstdint>
#include <span>

#include "model/net/parse.h"
#include "model/psp/header.h"
#include "model/psp/layout.h"
#include "model/psp/verdict.h"

namespace pspnic::psp {

// Which versions a receiver takes: bit n is version n.
struct CheckOptions {
  uint8_t supported_versions = 0xf;  // the others are kBad
  uint8_t enabled_versions = 0xf;    // supported, but not enabled by the host: kNotPsp
  bool verify_udp_checksum = false;  // one that is neither 0 nor right is kError
};

struct Check {
  Verdict verdict = Verdict::kNotPsp;
  Reason reason = Reason::kNone;
  // Valid once the outer lengths fit: with kDeliver, kBad, kVersionDisabled and the errors behind kTooShort.
  uint32_t psp_offset = 0;  // from the start of the frame; also with every other error
  uint32_t icv_end = 0;     // one past the ICV, where the IP packet ends
  Header header;
  Layout layout;  // only with kDeliver

  // The bytes that seal() and open() work on; only with kDeliver.
  std::span<uint8_t> psp_packet(std::span<uint8_t> frame) const {
    return frame.subspan(psp_offset, icv_end - psp_offset);
  }
};

// The SPI that a frame names, also one with an error in it; 0, which is none, if it ends before, or with
// kNotPsp. `check` is check_packet(frame).
uint32_t claimed_spi(std::span<const uint8_t> frame, const Check& check) noexcept;

// Classifies a received frame. `parsed` is parse_frame(frame). The IPv4 checksum is not looked at, nor,
// unless asked for, the UDP checksum: the ICV protects what they would. Order: PSP at all, framing, then
// version, fixed bit and SPI, then the enabled versions.
Check check_packet(std::span<const uint8_t> frame, const net::Parsed& parsed,
                   const CheckOptions& options = {}) noexcept;

}  // namespace pspnic::psp
