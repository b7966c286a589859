// SPDX-License-Identifier: Apache-2.0
// How many cycles a Verilated AES-GCM lane takes, measured, and the formula they follow
// (model/crypto/gcm_timing.h).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/crypto/gcm_timing.h"
#include "rtl/cosim/gcm_lane.h"

namespace pspnic::rtl {

// What of a packet decides its cycles: version of PSP (0 to 3), bytes authenticated only, bytes encrypted.
struct GcmLoad {
  unsigned version = 0;
  unsigned aad_bytes = 16;
  unsigned text_bytes = 0;
};
// Of a PSP packet in transport mode without extensions. `crypt_offset` in PSP's units, 0 to 63.
GcmLoad psp_load(unsigned version, unsigned crypt_offset, unsigned payload_bytes);

// From one packet taken to the next; from a command offered to an idle lane to its result.
struct GcmCycles {
  uint64_t occupancy = 0;
  uint64_t latency = 0;
  bool operator==(const GcmCycles&) const = default;
};

GcmCycles cycles_of(const crypto::GcmCycleFormula& formula, const GcmLoad& load);

// A lane of the model and the RTL that it is.
struct MeasuredLane {
  crypto::GcmLaneKind kind;
  GcmShape shape;
};
inline constexpr std::array<MeasuredLane, kGcmShapes.size()> kMeasuredLanes{{
    {crypto::GcmLaneKind::kPipelined256, kGcmShapes[0]},
    {crypto::GcmLaneKind::kPipelined128, kGcmShapes[1]},
    {crypto::GcmLaneKind::kPipelinedSlowGhash, kGcmShapes[2]},
    {crypto::GcmLaneKind::kIterative, kGcmShapes[3]},
}};
// Of the model's table.
const crypto::GcmCycleFormula& formula_of(crypto::GcmLaneKind kind, unsigned version);

class GcmMeter {
 public:
  explicit GcmMeter(const GcmShape& shape) : lane_(shape) {}

  // Of two such packets with different keys, one behind the other, in an idle lane.
  GcmCycles measure(const GcmLoad& load);
  // Cycles from one packet to the next when every stream stalls in one of four cycles, mean of `packets`.
  double measure_stalled(const GcmLoad& load, unsigned packets, uint32_t seed);
  // As many packets back to back; how many cycles they took.
  uint64_t send(const GcmLoad& load, unsigned packets);
  // From three packets; whether it holds for others is for the caller to see.
  crypto::GcmCycleFormula fit(unsigned version);

 private:
  GcmPacket packet(const GcmLoad& load);

  GcmLane lane_;
  uint8_t next_key_ = 0;
};

// The versions a lane can do.
std::vector<unsigned> versions_of(const GcmShape& shape);

// What model/crypto/gcm_lane_table.h and rtl/gcm/cycles.csv have to hold.
std::string gcm_lane_table();
std::string gcm_cycles_csv();

}  // namespace pspnic::rtl
