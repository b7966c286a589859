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

// A lane that is none of rtl/gcm's: another vendor's engine, or one that is yet to be built.
struct CustomLaneParams {
  unsigned base_cycles = 1;
  unsigned aad_block_cycles = 1;
  unsigned text_block_cycles = 1;
  unsigned latency_more_cycles = 17;
  unsigned blocks_at_once = 1;
  unsigned max_key_bits = 256;
  unsigned gates = 0;

  template <class Visitor>
  void describe(Visitor& v) {
    const char* default_lane = "As pipelined_256_digit128";
    v.value("base_cycles", base_cycles, 0u, 10'000u, "Cycles of each packet", default_lane);
    v.value("aad_block_cycles", aad_block_cycles, 0u, 10'000u,
            "Cycles of each group of blocks that is authenticated only", default_lane);
    v.value("text_block_cycles", text_block_cycles, 1u, 10'000u, "Cycles of each group of blocks of text",
            default_lane);
    v.value("latency_more_cycles", latency_more_cycles, 0u, 100'000u,
            "Cycles from when the lane takes the next packet to when this one's tag is there", default_lane);
    v.value("blocks_at_once", blocks_at_once, 1u, 16u, "Blocks of 16 bytes in a group", default_lane);
    v.choice("max_key_bits", max_key_bits, {{"128", 128u}, {"256", 256u}},
             "Longest keys; with 128 there are no PSP versions 1 and 3", default_lane);
    v.value("gates", gates, 0u, 100'000'000u, "NAND2 equivalents of one lane; 0: not known", "None");
  }
  GcmLaneTiming timing() const {
    const GcmCycleFormula formula{base_cycles, aad_block_cycles, text_block_cycles, latency_more_cycles,
                                  blocks_at_once};
    return {"custom", max_key_bits, formula, max_key_bits == 256 ? formula : GcmCycleFormula{}};
  }
};

struct GcmParams {
  unsigned lanes = 2;
  GcmLaneKind lane = GcmLaneKind::kPipelined256;
  base::Frequency clock{1 * base::kGHz};
  unsigned queue_packets = 8;
  CustomLaneParams custom;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("lanes", lanes, 1u, 64u, "AES-GCM lanes of one direction",
            "A pipelined one does a 128-bit block a cycle: 200 Gb/s needs 1.56 at 1 GHz");
    v.choice(
        "lane", lane,
        {{timing_of(GcmLaneKind::kPipelined256).name, GcmLaneKind::kPipelined256},
         {timing_of(GcmLaneKind::kPipelined128).name, GcmLaneKind::kPipelined128},
         {timing_of(GcmLaneKind::kPipelinedSlowGhash).name, GcmLaneKind::kPipelinedSlowGhash},
         {timing_of(GcmLaneKind::kIterative).name, GcmLaneKind::kIterative},
         {"custom", GcmLaneKind::kCustom}},
        "Kind of lane: AES a round a stage or one round in turns; key bits; bits a cycle of GHASH. custom: "
        "what the group custom says",
        "rtl/gcm; one for 128-bit keys leaves PSP versions 1 and 3 out");
    v.value("clock", clock, base::Frequency{50 * base::kMHz}, base::Frequency{4 * base::kGHz},
            "Clock of the lanes", "Assumed for a 7 nm network card");
    v.value("queue_packets", queue_packets, 1u, 4096u, "Packets that may wait for or be in the lanes",
            "Assumed: four a lane");
    v.group("custom", custom);
  }
};

inline GcmLaneTiming timing_of(const GcmParams& params) {
  return params.lane == GcmLaneKind::kCustom ? params.custom.timing() : timing_of(params.lane);
}

class GcmLanes {
 public:
  explicit GcmLanes(const GcmParams& params)
      : params_(params), timing_(timing_of(params)), clock_(params.clock) {}

  const GcmParams& params() const { return params_; }
  // Bit v: PSP version v.
  uint32_t versions() const { return timing_.max_key_bits == 128 ? 0b0101 : 0b1111; }
  // Of one of these versions. `aad_bytes` authenticated only, `text_bytes` encrypted.
  base::Service service(psp::Version version, uint32_t aad_bytes, uint32_t text_bytes) const;
  void set_stalls(StallSource* stalls) { stalls_ = stalls; }

 private:
  GcmParams params_;
  GcmLaneTiming timing_;
  base::Clock clock_;
  StallSource* stalls_ = nullptr;
};

}  // namespace pspnic::crypto
