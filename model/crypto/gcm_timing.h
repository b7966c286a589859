// SPDX-License-Identifier: Apache-2.0
// What a lane of rtl/gcm takes for a packet of A blocks authenticated only and T blocks of text (16 bytes,
// begun ones included), in cycles:
//   occupancy  base + per_aad_block * max(A, 1) + per_text_block * T
//   latency    occupancy + latency_more
// The numbers are measured, see gcm_lane_table.h. A lane that works on n blocks at once takes A and T in
// groups of n; those of rtl/gcm take one.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pspnic::crypto {

struct GcmCycleFormula {
  uint32_t base = 0;
  uint32_t per_aad_block = 0;
  uint32_t per_text_block = 0;
  uint32_t latency_more = 0;
  uint32_t blocks_at_once = 1;

  constexpr uint32_t occupancy(uint32_t aad_blocks, uint32_t text_blocks) const {
    return base + per_aad_block * groups(std::max(aad_blocks, 1u)) + per_text_block * groups(text_blocks);
  }
  constexpr uint32_t groups(uint32_t blocks) const { return (blocks + blocks_at_once - 1) / blocks_at_once; }
};

struct GcmLaneTiming {
  const char* name;
  unsigned max_key_bits;
  GcmCycleFormula key_128;
  GcmCycleFormula key_256;  // all zero if the lane has no 256-bit keys
};

// In the order of kGcmLaneTable; kCustom has its numbers from the configuration.
enum class GcmLaneKind : uint8_t { kPipelined256, kPipelined128, kPipelinedSlowGhash, kIterative, kCustom };

// Of a lane of the table.
const GcmLaneTiming& timing_of(GcmLaneKind kind);

}  // namespace pspnic::crypto
