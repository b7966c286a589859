// SPDX-License-Identifier: Apache-2.0
// How long AES-GCM takes in hardware: lanes side by side, a packet in one lane, each lane one pipelined AES
// core that takes a block a cycle and one GHASH multiplier. What the packet's bytes become is
// model/psp/seal.h.
//
// Takes, per packet, in cycles of `clock` (A blocks authenticated only, T blocks of text, both rounded up):
//   occupancy  max( T + 2, A + T + 1 )   AES: text, hash key H and tag mask E(J0), because each packet has
//   its own key;
//                                         GHASH: both and the length block. The two work on different packets
//                                         at once.
//   latency    rounds + 1 + key_cycles    until H is there and hashing may begin,
//              + occupancy + ghash_cycles until the last product, + 1 for the tag
// Sources: NIST SP 800-38D for the blocks; 10 and 14 rounds of FIPS 197 with one register a round. The
// constants stand for a lane not yet measured in RTL.
#pragma once

#include <cstdint>

#include "model/base/clock.h"
#include "model/base/params.h"
#include "model/base/server.h"
#include "model/psp/header.h"

namespace pspnic::crypto {

struct GcmParams {
  unsigned lanes = 2;
  base::Frequency clock{1 * base::kGHz};
  unsigned key_cycles = 1;
  unsigned ghash_cycles = 1;
  unsigned queue_packets = 8;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("lanes", lanes, 1u, 64u, "AES-GCM lanes of one direction, one 128-bit block a cycle each",
            "200 Gb/s needs 1.56 lanes at 1 GHz");
    v.value("clock", clock, base::Frequency{50 * base::kMHz}, base::Frequency{4 * base::kGHz},
            "Clock of the lanes", "Assumed for a 7 nm network card");
    v.value("key_cycles", key_cycles, 0u, 64u, "Cycles before a new key's first block",
            "Key schedule that travels with the block: one register stage");
    v.value("ghash_cycles", ghash_cycles, 1u, 64u, "Latency of the GHASH multiplier", "One-cycle multiplier");
    v.value("queue_packets", queue_packets, 1u, 4096u, "Packets that may wait for or be in the lanes",
            "Assumed: four a lane");
  }
};

class GcmLanes {
 public:
  explicit GcmLanes(const GcmParams& params) : params_(params), clock_(params.clock) {}

  const GcmParams& params() const { return params_; }
  // `aad_bytes` authenticated only, `text_bytes` encrypted.
  base::Service service(psp::Version version, uint32_t aad_bytes, uint32_t text_bytes) const;

 private:
  GcmParams params_;
  base::Clock clock_;
};

}  // namespace pspnic::crypto
