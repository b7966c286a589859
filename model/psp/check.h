// SPDX-License-Identifier: Apache-2.0
// What a receiver decides about a frame before any cryptography: is it PSP, is it framed well, may it be
// opened.
#pragma once

#include <cstdint>
#include <span>

#include "model/net/parse.h"
#include "model/psp/header.h"

namespace pspnic::psp {

// The receiver's classes; kError, kBad and kAuthFail are the specification's three drop counters.
enum class Verdict : uint8_t {
  kDeliver,   // from check_packet: worth opening; from a receiver: authentic
  kAuthFail,  // "rx auth failures": the ICV does not match
  kError,     // "rx error": lengths and framing
  kBad,       // "rx bad": version, SPI, the fixed bit
  kNotPsp,    // goes up as an ordinary packet
};

enum class Reason : uint8_t {
  kNone,
  // kNotPsp
  kOtherTraffic,      // not UDP to port 1000 over IPv4 or IPv6
  kFragment,          // an IP fragment: its ICV may be in another frame
  kExtensionHeaders,  // IPv6 extension headers in front of UDP
  kVersionDisabled,   // a version that the host has not enabled
  // kError
  kIpLength,                  // the IP packet does not fit the frame
  kUdpLength,                 // the UDP length is not what is left of the IP packet
  kTooShort,                  // less than a PSP header and an ICV
  kHeaderTooShort,            // HdrExtLen 0
  kHeaderBeyondPayload,       // header and ICV overlap
  kCookieOutsideHeader,       // V set, HdrExtLen 1
  kCryptOffsetBeyondPayload,  // it exposes more bytes than there are in front of the ICV
  // kBad
  kReservedVersion,     // 4..15
  kUnsupportedVersion,  // a version that this device does not have
  kAlwaysOneClear,      // the bit that is always 1 is 0
  kReservedSpi,         // the low 31 bits of the SPI are 0
  // kAuthFail
  kIcvMismatch,
};

const char* text(Verdict verdict) noexcept;
const char* text(Reason reason) noexcept;

// Which versions a receiver takes: bit n is version n.
struct CheckOptions {
  uint8_t supported_versions = 0xf;  // the others are kBad
  uint8_t enabled_versions = 0xf;    // supported, but not enabled by the host: kNotPsp
};

struct Check {
  Verdict verdict = Verdict::kNotPsp;
  Reason reason = Reason::kNone;
  // Valid once the outer lengths fit: with kDeliver, kBad, kVersionDisabled and the errors behind kTooShort.
  uint32_t psp_offset = 0;  // from the start of the frame
  uint32_t icv_end = 0;     // one past the ICV, where the IP packet ends
  Header header;

  // The bytes that seal() and open() work on; only with kDeliver.
  std::span<uint8_t> psp_packet(std::span<uint8_t> frame) const {
    return frame.subspan(psp_offset, icv_end - psp_offset);
  }
};

// Classifies a received frame. `parsed` is parse_frame(frame). Neither the IPv4 nor the UDP checksum is
// looked at: the ICV protects what they would. Order: PSP at all, framing, then version, fixed bit and SPI,
// then the enabled versions.
Check check_packet(std::span<const uint8_t> frame, const net::Parsed& parsed,
                   const CheckOptions& options = {}) noexcept;

}  // namespace pspnic::psp
