// SPDX-License-Identifier: Apache-2.0
// Accesses of 8 and 16 bits to configuration space, made of those of 32: a word is read, changed and written.
// That is the same, as none of its bits is cleared by writing 1 or changes by being read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "model/pcie/endpoint.h"

namespace pspnic::embed {

struct ConfigPart {
  uint64_t word = 0;  // its address
  unsigned shift = 0;
  uint32_t mask = 0;  // of the part, shifted to bit 0

  uint32_t of(uint32_t value) const { return value >> shift & mask; }
  uint32_t into(uint32_t value, uint32_t part) const {
    return (value & ~(mask << shift)) | (part & mask) << shift;
  }
};

// 1, 2 or 4 bytes at a multiple of that, in the configuration space of a function; else none.
inline std::optional<ConfigPart> config_part(uint64_t address, size_t bytes) {
  const uint64_t offset = address % pcie::kFunctionStride;
  if (offset >= pcie::kConfigBytes || (bytes != 1 && bytes != 2 && bytes != 4) || offset % bytes != 0)
    return {};
  return ConfigPart{address & ~uint64_t{3}, static_cast<unsigned>(address & 3) * 8,
                    bytes == 4 ? ~0u : (1u << bytes * 8) - 1};
}

}  // namespace pspnic::embed
