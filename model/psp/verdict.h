// SPDX-License-Identifier: Apache-2.0
// What can be said about a received PSP frame, and why.
#pragma once

#include <cstdint>

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
  kExtensionHeaders,  // IPv6 extension headers that hold UDP fast: net::Parsed::takes_encapsulation()
  kVersionDisabled,   // a version that the host has not enabled
  // kError
  kIpLength,                  // the IP packet does not fit the frame
  kIpChecksum,                // of the outer IPv4 header, where a tunnel ends on the device
  kUdpLength,                 // the UDP length is not what is left of the IP packet
  kUdpChecksum,               // neither 0 nor right; only where it is verified
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

}  // namespace pspnic::psp
