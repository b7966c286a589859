// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/gcm_lanes.h"

namespace pspnic::crypto {

namespace {

constexpr uint32_t kBlockBytes = 16;

constexpr uint32_t blocks(uint32_t bytes) {
  return (bytes + kBlockBytes - 1) / kBlockBytes;
}

}  // namespace

base::Service GcmLanes::service(psp::Version version, uint32_t aad_bytes, uint32_t text_bytes) const {
  const GcmCycleFormula& formula = psp::key_bytes(version) == 16 ? timing_.key_128 : timing_.key_256;
  const uint32_t occupancy = formula.occupancy(blocks(aad_bytes), blocks(text_bytes));
  return stalled({clock_.cycles(occupancy), clock_.cycles(occupancy + formula.latency_more)}, stalls_);
}

}  // namespace pspnic::crypto
