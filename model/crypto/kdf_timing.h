// SPDX-License-Identifier: Apache-2.0
// What a unit of rtl/kdf takes to derive a session key, in cycles: 128-bit keys are one AES-256 block,
// 256-bit keys two. The numbers are measured, see kdf_unit_table.h.
#pragma once

#include <cstdint>

namespace pspnic::crypto {

struct KdfCycleCounts {
  uint32_t occupancy = 0;
  uint32_t latency = 0;
};

struct KdfUnitTiming {
  const char* name;
  KdfCycleCounts key_128;
  KdfCycleCounts key_256;
};

// In the order of kKdfUnitTable.
enum class KdfUnitKind : uint8_t { kPipelined, kIterative };

const KdfUnitTiming& timing_of(KdfUnitKind kind);

}  // namespace pspnic::crypto
