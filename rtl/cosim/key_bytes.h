// SPDX-License-Identifier: Apache-2.0
// A key on its way to or from the pins.
#pragma once

#include <array>
#include <cstdint>

#include "model/net/wipe.h"

namespace pspnic::rtl {

// A key of 256 bits; of 128 bits: the first half. Leaves nothing behind.
struct KeyBytes : std::array<uint8_t, 32> {
  KeyBytes() : std::array<uint8_t, 32>{} {}
  KeyBytes(const KeyBytes&) = default;
  KeyBytes& operator=(const KeyBytes&) = default;
  ~KeyBytes() { net::wipe(*this); }
};

}  // namespace pspnic::rtl
