// SPDX-License-Identifier: Apache-2.0
// What a lane of rtl/gcm takes for a packet of A blocks authenticated only and T blocks of text (16 bytes,
// begun ones included), in cycles:
//   occupancy  base + per_aad_block * max(A, 1) + per_text_block * T
//   latency    occupancy + latency_more
// The numbers are measured, see gcm_lane_table.h.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pspnic::crypto {

struct GcmCycleFormula {
  uint32_t base = 0;
  uint32_t per_aad_block = 0;
  uint32_t per_text_block = 0;
  uint32_t latency_more = 0;

  constexpr uint32_t occupancy(uint32_t aad_blocks, uint32_t text_blocks) const {
    return base + per_aad_block * std::max(aad_blocks, 1u) + per_text_block * text_blocks;
  }
};

struct GcmLaneTiming {
  const char* name;
  unsigned max_key_bits;
  GcmCycleFormula key_128;
  GcmCycleFormula key_256;  // all zero if the lane has no 256-bit keys
};

// In the order of kGcmLaneTable.
enum class GcmLaneKind : uint8_t { kPipelined256, kPipelined128, kPipelinedSlowGhash, kIterative };

const GcmLaneTiming& timing_of(GcmLaneKind kind);

}  // namespace pspnic::crypto
