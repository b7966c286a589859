// SPDX-License-Identifier: Apache-2.0
// How long deriving a session key takes in hardware: units of rtl/kdf side by side. The derivation itself is
// model/psp/kdf.h.
//
// Takes, in cycles of `clock`, what was measured in the RTL (kdf_timing.h): the pipelined unit is occupied
// for 1 by a 128-bit key and for 2 by a 256-bit one (one CMAC block each, K1 cached).
#pragma once

#include "model/base/clock.h"
#include "model/base/params.h"
#include "model/base/server.h"
#include "model/crypto/kdf_timing.h"
#include "model/crypto/stalls.h"
#include "model/psp/kdf.h"

namespace pspnic::crypto {

struct KdfParams {
  unsigned units = 1;
  KdfUnitKind unit = KdfUnitKind::kPipelined;
  base::Frequency clock{1 * base::kGHz};
  unsigned queue_packets = 8;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("units", units, 1u, 64u, "Key derivation units",
            "A pipelined one derives 1 G keys a second, 400 Gb/s of smallest packets need 0.26 G");
    v.choice("unit", unit,
             {{timing_of(KdfUnitKind::kPipelined).name, KdfUnitKind::kPipelined},
              {timing_of(KdfUnitKind::kIterative).name, KdfUnitKind::kIterative}},
             "Kind of unit: an AES-256 block a cycle, or one round of it", "rtl/kdf");
    v.value("clock", clock, base::Frequency{50 * base::kMHz}, base::Frequency{4 * base::kGHz},
            "Clock of the units", "That of the AES-GCM lanes");
    v.value("queue_packets", queue_packets, 1u, 4096u, "Packets that may wait for or be in the units",
            "Assumed");
  }
};

class KdfUnits {
 public:
  explicit KdfUnits(const KdfParams& params) : params_(params), clock_(params.clock) {}

  const KdfParams& params() const { return params_; }
  base::Service service(psp::Version version) const {
    const KdfUnitTiming& timing = timing_of(params_.unit);
    const KdfCycleCounts& cycles = psp::key_bytes(version) == 16 ? timing.key_128 : timing.key_256;
    return stalled({clock_.cycles(cycles.occupancy), clock_.cycles(cycles.latency)}, stalls_);
  }
  void set_stalls(StallSource* stalls) { stalls_ = stalls; }

 private:
  KdfParams params_;
  base::Clock clock_;
  StallSource* stalls_ = nullptr;
};

}  // namespace pspnic::crypto
