// SPDX-License-Identifier: Apache-2.0
// Sealing and opening a PSP packet in place: the bytes from the first of the PSP header to the last of the
// ICV. layout.h says which are authenticated and which encrypted.
#pragma once

#include <cstdint>
#include <span>

#include "model/psp/aead.h"
#include "model/psp/header.h"
#include "model/psp/key.h"
#include "model/psp/layout.h"

namespace pspnic::psp {

// Header with SPI, IV and version already there, payload in clear, the last 16 bytes room for the ICV. False
// when the packet cannot be sealed (reserved version, key of the wrong size, Crypt Offset past the payload,
// too short) or the engine failed; everything behind the 16-byte header is then zeroed, so that no cleartext
// can go out.
[[nodiscard]] bool seal(Aead& aead, const SessionKey& key, std::span<uint8_t> psp_packet) noexcept;

// Checks the ICV and decrypts; the ICV stays. False when the packet is not authentic or cannot be one; what
// was encrypted is then zeroed.
[[nodiscard]] bool open(Aead& aead, const SessionKey& key, std::span<uint8_t> psp_packet) noexcept;

// The same for a caller that knows the layout of these bytes already.
[[nodiscard]] bool seal(Aead& aead, const SessionKey& key, std::span<uint8_t> psp_packet,
                        const Layout& layout) noexcept;
[[nodiscard]] bool open(Aead& aead, const SessionKey& key, std::span<uint8_t> psp_packet,
                        const Layout& layout) noexcept;

}  // namespace pspnic::psp
