// SPDX-License-Identifier: Apache-2.0
#include "model/psp/check.h"

#include "model/net/bytes.h"
#include "model/net/checksum.h"
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

Reason check_values(const Header& header, uint8_t supported_versions) {
  if (!is_known_version(header.version)) return Reason::kReservedVersion;
  if (!header.always_one) return Reason::kAlwaysOneClear;
  if (is_reserved_spi(header.spi)) return Reason::kReservedSpi;
  if ((supported_versions >> header.version & 1) == 0) return Reason::kUnsupportedVersion;
  return Reason::kNone;
}

// The outer lengths fit. A checksum of 0 says that there is none, over IPv6 as well (RFC 6935).
bool udp_checksum_ok(std::span<const uint8_t> frame, const net::Parsed& parsed, const Outer& outer) {
  if (net::udp_checksum(frame.data() + outer.udp_offset) == 0) return true;
  const uint32_t bytes = outer.ip_end - outer.udp_offset;
  const uint64_t pseudo = net::pseudo_header_sum(frame, parsed, net::kProtocolUdp, bytes);
  return net::checksum_fold(net::checksum_add(frame.subspan(outer.udp_offset, bytes), pseudo)) == 0xffff;
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

  check.psp_offset = outer.udp_offset + static_cast<uint32_t>(net::kUdpHeaderBytes);
  const Reason outer_lengths = check_outer_lengths(frame, outer);
  if (outer_lengths != Reason::kNone) return decide(Verdict::kError, outer_lengths);
  if (options.verify_udp_checksum && !udp_checksum_ok(frame, parsed, outer)) {
    return decide(Verdict::kError, Reason::kUdpChecksum);
  }
  check.icv_end = outer.ip_end;
  check.header = decode_header(frame.data() + check.psp_offset);

  check.layout = layout(frame.subspan(check.psp_offset, check.icv_end - check.psp_offset));
  if (!check.layout.valid()) return decide(Verdict::kError, check.layout.broken);
  const Reason values = check_values(check.header, options.supported_versions);
  if (values != Reason::kNone) return decide(Verdict::kBad, values);
  if ((options.enabled_versions >> check.header.version & 1) == 0) {
    return decide(Verdict::kNotPsp, Reason::kVersionDisabled);
  }
  return decide(Verdict::kDeliver, Reason::kNone);
}

uint32_t claimed_spi(std::span<const uint8_t> frame, const Check& check) noexcept {
  const size_t at = check.psp_offset + kSpiOffset;
  if (check.verdict == Verdict::kNotPsp || frame.size() < at + sizeof(uint32_t)) return 0;
  return net::load_be32(&frame[at]);
}

}  // namespace pspnic::psp
