// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/area.h"

#include <iterator>

#include "model/crypto/area_table.h"

namespace pspnic::crypto {

namespace {

constexpr unsigned kDirections = 2;
constexpr double kBlockBits = 128;

static_assert(std::size(kGcmLaneAreas) == static_cast<size_t>(GcmLaneKind::kIterative) + 1);
static_assert(std::size(kKdfUnitAreas) == static_cast<size_t>(KdfUnitKind::kIterative) + 1);

double text_bps(const GcmParams& gcm, const GcmCycleFormula& formula) {
  if (formula.per_text_block == 0) return 0;
  return gcm.lanes * kBlockBits * formula.blocks_at_once * static_cast<double>(gcm.clock.hz) /
         formula.per_text_block;
}

}  // namespace

CryptoCost cost_of(const GcmParams& gcm, const KdfParams& kdf) {
  const GcmLaneTiming timing = timing_of(gcm);
  CryptoCost cost;
  cost.lane_gates = gcm.lane == GcmLaneKind::kCustom ? gcm.custom.gates
                                                     : kGcmLaneAreas[static_cast<size_t>(gcm.lane)].gates;
  cost.unit_gates = kKdfUnitAreas[static_cast<size_t>(kdf.unit)].gates;
  cost.gates = kDirections * gcm.lanes * cost.lane_gates + kdf.units * cost.unit_gates;
  cost.text_bps_128 = text_bps(gcm, timing.key_128);
  cost.text_bps_256 = text_bps(gcm, timing.key_256);
  return cost;
}

double gates_per_100_gbps(const CryptoCost& cost, double text_bps) {
  if (text_bps <= 0) return 0;
  return static_cast<double>(cost.gates) / (kDirections * text_bps) * 100e9;
}

}  // namespace pspnic::crypto
