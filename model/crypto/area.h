// SPDX-License-Identifier: Apache-2.0
// What a card's crypto costs and carries: gates of the AES-GCM lanes of both directions and of the key
// derivation units, counted in the RTL (scripts/rtl_area) in NAND2 equivalents, and the text that the lanes
// can work on. Buffers, key tables and wiring are not in it, and no clock frequency is claimed: the gates are
// those of cores synthesised for area alone.
#pragma once

#include <cstdint>

#include "model/crypto/gcm_lanes.h"
#include "model/crypto/kdf_units.h"

namespace pspnic::crypto {

struct CryptoCost {
  uint64_t lane_gates = 0;  // of one
  uint64_t unit_gates = 0;  // of one
  uint64_t gates = 0;       // of a card
  // Endless text, each way, in bit/s, with keys of 128 and of 256 bits; 0: the lanes have no such keys.
  double text_bps_128 = 0;
  double text_bps_256 = 0;
};

CryptoCost cost_of(const GcmParams& gcm, const KdfParams& kdf);

// Gates for each 100 Gb/s of text, both ways counted; 0 if there is no text.
double gates_per_100_gbps(const CryptoCost& cost, double text_bps);

}  // namespace pspnic::crypto
