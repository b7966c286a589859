// SPDX-License-Identifier: Apache-2.0
#include "model/psp/verdict.h"

namespace pspnic::psp {

const char* text(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::kDeliver:
      return "deliver";
    case Verdict::kAuthFail:
      return "authentication failure";
    case Verdict::kError:
      return "error";
    case Verdict::kBad:
      return "bad";
    case Verdict::kNotPsp:
      return "not PSP";
  }
  return "unknown";
}

const char* text(Reason reason) noexcept {
  switch (reason) {
    case Reason::kNone:
      return "none";
    case Reason::kOtherTraffic:
      return "not UDP to port 1000";
    case Reason::kFragment:
      return "IP fragment";
    case Reason::kExtensionHeaders:
      return "IPv6 extension headers that hold UDP fast";
    case Reason::kVersionDisabled:
      return "version not enabled";
    case Reason::kIpLength:
      return "IP length does not fit the frame";
    case Reason::kIpChecksum:
      return "outer IPv4 header checksum";
    case Reason::kUdpLength:
      return "UDP length does not fit the IP packet";
    case Reason::kUdpChecksum:
      return "UDP checksum";
    case Reason::kTooShort:
      return "shorter than header and ICV";
    case Reason::kHeaderTooShort:
      return "HdrExtLen 0";
    case Reason::kHeaderBeyondPayload:
      return "header longer than the packet";
    case Reason::kCookieOutsideHeader:
      return "cookie announced, but no room for it";
    case Reason::kCryptOffsetBeyondPayload:
      return "Crypt Offset past the payload";
    case Reason::kReservedVersion:
      return "reserved version";
    case Reason::kUnsupportedVersion:
      return "unsupported version";
    case Reason::kAlwaysOneClear:
      return "the bit that is always 1 is 0";
    case Reason::kReservedSpi:
      return "reserved SPI";
    case Reason::kIcvMismatch:
      return "ICV mismatch";
  }
  return "unknown";
}

}  // namespace pspnic::psp
