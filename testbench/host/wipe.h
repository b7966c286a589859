// SPDX-License-Identifier: Apache-2.0
// Key bytes do not stay behind in message buffers.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace pspnic::host {

inline void wipe(std::span<uint8_t> bytes) noexcept {
  if (bytes.empty()) return;
  std::memset(bytes.data(), 0, bytes.size());
  // The compiler must take it that somebody reads the zeroes.
  asm volatile("" : : "r"(bytes.data()) : "memory");
}

}  // namespace pspnic::host
