// SPDX-License-Identifier: Apache-2.0
// How long deriving a session key takes in hardware: pipelined AES-256 cores, one block a cycle each. The
// derivation itself is model/psp/kdf.h.
//
// Takes, in cycles of `clock`: occupancy 1 for a 128-bit key, 2 for a 256-bit one (one CMAC block each, K1
// cached); latency 14 rounds and one register in front, plus one cycle for the second block. Sources: PSP
// Architecture Specification (key derivation), FIPS 197; not yet measured in RTL.
#pragma once

#include "model/base/clock.h"
#include "model/base/params.h"
#include "model/base/server.h"
#include "model/psp/kdf.h"

namespace pspnic::crypto {

struct KdfParams {
  unsigned units = 1;
  base::Frequency clock{1 * base::kGHz};
  unsigned queue_packets = 8;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("units", units, 1u, 64u, "Key derivation units, one AES-256 block a cycle each",
            "One derives 1 G keys a second, 400 Gb/s of smallest packets need 0.26 G");
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
    constexpr uint64_t kAes256Cycles = 15;  // 14 rounds and the input register
    const uint64_t key_blocks = psp::kdf_blocks(version);
    return {clock_.cycles(key_blocks), clock_.cycles(kAes256Cycles + key_blocks - 1)};
  }

 private:
  KdfParams params_;
  base::Clock clock_;
};

}  // namespace pspnic::crypto
