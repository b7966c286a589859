// SPDX-License-Identifier: Apache-2.0
// The framing rules of a PSP packet, header to ICV, and where its parts lie: the one place that sender,
// receiver and engines ask. With P the first byte, off = 4 * Crypt Offset and E the start of the ICV:
//   versions 0, 1  authenticated [P, P+16+off), encrypted [P+16+off, E)
//   versions 2, 3  authenticated [P, E), nothing encrypted
// so a cookie and extensions are encrypted as far as Crypt Offset does not expose them.
#pragma once

#include <cstdint>
#include <span>

#include "model/psp/header.h"
#include "model/psp/verdict.h"

namespace pspnic::psp {

struct Layout {
  uint32_t aad_bytes = 0;             // authenticated only, from the first byte of the header
  uint32_t text_bytes = 0;            // encrypted as well, behind them, up to the ICV
  Reason broken = Reason::kTooShort;  // a rule of framing; kNone: the sizes above hold

  bool valid() const { return broken == Reason::kNone; }
};

// What the header alone says about its length; `psp` has 16 bytes. kNone if nothing is wrong.
constexpr Reason check_header_length(const uint8_t* psp) noexcept {
  if (hdr_ext_len_field(psp) == 0) return Reason::kHeaderTooShort;
  if (vc_present_field(psp) && hdr_ext_len_field(psp) < 2) return Reason::kCookieOutsideHeader;
  return Reason::kNone;
}

// A reserved version is no matter of framing; it is laid out as version 0.
inline Layout layout(std::span<const uint8_t> psp_packet) noexcept {
  if (psp_packet.size() < kMinPacketBytes) return {};
  const uint8_t* psp = psp_packet.data();
  const auto payload_end = static_cast<uint32_t>(psp_packet.size() - kIcvBytes);
  const uint8_t version = version_field(psp);
  // Crypt Offset means nothing in the GMAC versions.
  const bool gmac = is_known_version(version) && is_gmac(static_cast<Version>(version));
  const auto clear = static_cast<uint32_t>(clear_bytes(psp));
  const uint32_t aad = gmac ? payload_end : clear;
  if (hdr_ext_len_field(psp) == 0) return {0, 0, Reason::kHeaderTooShort};
  if (header_bytes(psp) > payload_end) return {0, 0, Reason::kHeaderBeyondPayload};
  if (const Reason length = check_header_length(psp); length != Reason::kNone) return {0, 0, length};
  if (aad > payload_end) return {0, 0, Reason::kCryptOffsetBeyondPayload};
  return {aad, payload_end - aad, Reason::kNone};
}

}  // namespace pspnic::psp
