// SPDX-License-Identifier: Apache-2.0
// Gates of the lanes and units of rtl/ in NAND2 equivalents, S-boxes of gates. Written by scripts/rtl_area.
#pragma once

#include <cstdint>

namespace pspnic::crypto {

struct CoreArea {
  const char* name;
  uint32_t gates;
};

// In the order of kGcmLaneTable.
inline constexpr CoreArea kGcmLaneAreas[] = {
    {"pipelined_256_digit128", 147036},
    {"pipelined_128_digit128", 102571},
    {"pipelined_256_digit32", 134160},
    {"iterative_256_digit16", 29537},
};

// In the order of kKdfUnitTable.
inline constexpr CoreArea kKdfUnitAreas[] = {
    {"pipelined", 119898},
    {"iterative", 22641},
};

}  // namespace pspnic::crypto
