// SPDX-License-Identifier: Apache-2.0
// How long AES-GCM takes in hardware: lanes side by side, a packet in one lane. A lane is that of rtl/gcm.
// What the packet's bytes become is model/psp/seal.h.
//
// Takes, per packet: the cycles of gcm_timing.h, measured in the RTL; the pipelined lane with a one-cycle
// GHASH multiplier for example max(A, 1) + T + 1 (A blocks authenticated only, T blocks of text), because
// each packet has its own key and AES makes H and E(J0) beside the text, GHASH the length block.
#pragma once

#include <cstdint>

#include "model/base/clock.h"
#include "model/base/params.h"
#include "model/base/server.h"
#include "model/crypto/gcm_timing.h"
#include "model/crypto/stalls.h"
#include "model/psp/header.h"

namespace pspnic::crypto {

struct GcmParams {
  unsigned lanes = 2;
  GcmLaneKind lane = GcmLaneKind::kPipelined256;
  base::Frequency clock{1 * base::kGHz};
  unsigned queue_packets = 8;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("lanes", lanes, 1u, 64u, "AES-GCM lanes of one direction",
            "A pipelined one does a 128-bit block a cycle: 200 Gb/s needs 1.56 at 1 GHz");
    v.choice("lane", lane,
             {{timing_of(GcmLaneKind::kPipelined256).name, GcmLaneKind::kPipelined256},
              {timing_of(GcmLaneKind::kPipelined128).name, GcmLaneKind::kPipelined128},
              {timing_of(GcmLaneKind::kPipelinedSlowGhash).name, GcmLaneKind::kPipelinedSlowGhash},
              {timing_of(GcmLaneKind::kIterative).name, GcmLaneKind::kIterative}},
             "Kind of lane: AES a round a stage or one round in turns; key bits; bits a cycle of GHASH",
             "rtl/gcm; one for 128-bit keys leaves PSP versions 1 and 3 out");
    v.value("clock", clock, base::Frequency{50 * base::kMHz}, base::Frequency{4 * base::kGHz},
            "Clock of the lanes", "Assumed for a 7 nm network card");
    v.value("queue_packets", queue_packets, 1u, 4096u, "Packets that may wait for or be in the lanes",
            "Assumed: four a lane");
  }
};

class GcmLanes {
 public:
  explicit GcmLanes(const GcmParams& params)
      : params_(params), timing_(timing_of(params.lane)), clock_(params.clock) {}

  const GcmParams& params() const { return params_; }
  // Bit v: PSP version v.
  uint32_t versions() const { return timing_.max_key_bits == 128 ? 0b0101 : 0b1111; }
  // Of one of these versions. `aad_bytes` authenticated only, `text_bytes` encrypted.
  base::Service service(psp::Version version, uint32_t aad_bytes, uint32_t text_bytes) const;
  void set_stalls(StallSource* stalls) { stalls_ = stalls; }

 private:
  GcmParams params_;
  const GcmLaneTiming& timing_;
  base::Clock clock_;
  StallSource* stalls_ = nullptr;
};

}  // namespace pspnic::crypto
