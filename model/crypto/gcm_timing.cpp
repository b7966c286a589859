// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/gcm_timing.h"

#include <iterator>

#include "model/crypto/gcm_lane_table.h"

namespace pspnic::crypto {

static_assert(std::size(kGcmLaneTable) == static_cast<size_t>(GcmLaneKind::kIterative) + 1);
static_assert(kGcmLaneTable[static_cast<size_t>(GcmLaneKind::kPipelined128)].max_key_bits == 128);

const GcmLaneTiming& timing_of(GcmLaneKind kind) {
  return kGcmLaneTable[static_cast<size_t>(kind)];
}

}  // namespace pspnic::crypto
