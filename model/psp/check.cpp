// SPDX-License-Identifier: Apache-2.0
#include "model/psp/check.h"

#include "model/net/udp.h"
#include "model/psp/outer.h"
#include "model/psp/spi.h"

namespace pspnic::psp {
namespace {

// Lengths outside the PSP header; kNone leaves at least kMinPacketBytes behind the UDP header.
Reason check_outer_lengths(std::span<const uint8_t> frame, const Outer& outer) {
  if (outer.ip_end > frame.size()) return Reason::kIpLength;
  if (outer.ip_end < outer.udp_offset) return Reason::kIpLength;
  const uint32_t udp_bytes = outer.ip_end - outer.udp_offset;
  if (udp_bytes < net::kUdpHeaderBytes) return Reason::kUdpLength;
  if (net::udp_length(frame.data() + outer.udp_offset) != udp_bytes) return Reason::kUdpLength;
  if (udp_bytes < net::kUdpHeaderBytes + kMinPacketBytes) return Reason::kTooShort;
  return Reason::kNone;
}

// Lengths that the PSP header gives. `packet_bytes` is header, payload and ICV.
Reason check_framing(const Header& header, size_t packet_bytes) {
  const size_t payload_end = packet_bytes - kIcvBytes;
  if (header_bytes(header) < kHeaderBytes) return Reason::kHeaderTooShort;
  if (header_bytes(header) > payload_end) return Reason::kHeaderBeyondPayload;
  if (header.vc_present && header_bytes(header) < kHeaderBytes + kVcBytes)
    return Reason::kCookieOutsideHeader;
  // Crypt Offset means nothing in the GMAC versions.
  const bool gmac = is_known_version(header.version) && is_gmac(static_cast<Version>(header.version));
  if (!gmac && clear_bytes(header) > payload_end) return Reason::kCryptOffsetBeyondPayload;
  return Reason::kNone;
}

Reason check_values(const Header& header, uint8_t supported_versions) {
  if (!is_known_version(header.version)) return Reason::kReservedVersion;
  if (!header.always_one) return Reason::kAlwaysOneClear;
  if (is_reserved_spi(header.spi)) return Reason::kReservedSpi;
  if ((supported_versions >> header.version & 1) == 0) return Reason::kUnsupportedVersion;
  return Reason::kNone;
}

}  // namespace

Check check_packet(std::span<const uint8_t> frame, const net::Parsed& parsed,
                   const CheckOptions& options) noexcept {
  Check check;
  const auto decide = [&check](Verdict verdict, Reason reason) {
    check.verdict = verdict;
    check.reason = reason;
    return check;
  };
  const Outer outer = find_outer(frame, parsed);
  if (outer.not_psp != Reason::kNone) return decide(Verdict::kNotPsp, outer.not_psp);

  const Reason outer_lengths = check_outer_lengths(frame, outer);
  if (outer_lengths != Reason::kNone) return decide(Verdict::kError, outer_lengths);
  check.psp_offset = outer.udp_offset + static_cast<uint32_t>(net::kUdpHeaderBytes);
  check.icv_end = outer.ip_end;
  check.header = decode_header(frame.data() + check.psp_offset);

  const Reason framing = check_framing(check.header, check.icv_end - check.psp_offset);
  if (framing != Reason::kNone) return decide(Verdict::kError, framing);
  const Reason values = check_values(check.header, options.supported_versions);
  if (values != Reason::kNone) return decide(Verdict::kBad, values);
  if ((options.enabled_versions >> check.header.version & 1) == 0) {
    return decide(Verdict::kNotPsp, Reason::kVersionDisabled);
  }
  return decide(Verdict::kDeliver, Reason::kNone);
}

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
      return "IPv6 extension headers";
    case Reason::kVersionDisabled:
      return "version not enabled";
    case Reason::kIpLength:
      return "IP length does not fit the frame";
    case Reason::kUdpLength:
      return "UDP length does not fit the IP packet";
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
