// SPDX-License-Identifier: Apache-2.0
// Where the parts of a PSP packet lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace pspnic::playback {

inline constexpr size_t kIvBytes = 8;

// Offsets in the frame.
struct PspFields {
  size_t header = 0;
  size_t iv = 0;
  size_t ciphertext = 0;  // from here on encrypted
  size_t icv = 0;
  size_t end = 0;  // behind the ICV

  bool operator==(const PspFields&) const = default;
};

// Nothing if the frame is no whole PSP packet.
std::optional<PspFields> psp_fields(std::span<const uint8_t> frame);

}  // namespace pspnic::playback
