// SPDX-License-Identifier: Apache-2.0
// Numbers as people read addresses and registers.
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace pspnic::base {

// "0x1f000".
inline std::string hex(uint64_t value) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
  return "0x" + std::string(digits.data(), end);
}

}  // namespace pspnic::base
