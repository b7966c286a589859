// SPDX-License-Identifier: Apache-2.0
// Sealing and opening a PSP packet in place: the bytes from the first of the PSP header to the last of the
// ICV. With P the first byte, off = 4 * Crypt Offset and E the start of the ICV:
//   versions 0, 1  authenticated [P, P+16+off), encrypted [P+16+off, E)
//   versions 2, 3  authenticated [P, E), nothing encrypted
// so a cookie and extensions are encrypted as far as Crypt Offset does not expose them.
#pragma once

#include <cstdint>
#include <span>

#include "model/psp/aead.h"
#include "model/psp/check.h"
#include "model/psp/header.h"
#include "model/psp/key.h"

namespace pspnic::psp {

// Header with SPI, IV and version already there, payload in clear, the last 16 bytes room for the ICV. False
// when the packet cannot be sealed (reserved version, key of the wrong size, Crypt Offset past the payload,
// too short) or the engine failed; everything behind the 16-byte header is then zeroed, so that no cleartext
// can go out.
[[nodiscard]] bool seal(Aead& aead, const SessionKey& key, std::span<uint8_t> psp_packet) noexcept;

// Checks the ICV and decrypts; the ICV stays. False when the packet is not authentic or cannot be one; what
// was encrypted is then zeroed.
[[nodiscard]] bool open(Aead& aead, const SessionKey& key, std::span<uint8_t> psp_packet) noexcept;

// Which part is authenticated only and which is encrypted; what an engine's occupancy is computed from.
struct Layout {
  uint32_t aad_bytes = 0;   // from the first byte of the header
  uint32_t text_bytes = 0;  // behind them, up to the ICV
  bool valid = false;       // false: too short, reserved version or Crypt Offset past the payload
};
Layout layout(std::span<const uint8_t> psp_packet) noexcept;

}  // namespace pspnic::psp
