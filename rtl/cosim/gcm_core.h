// SPDX-License-Identifier: Apache-2.0
// The pins of rtl/gcm/gcm_lane.sv, whatever its parameters, and a clock: what is common to the classes that
// Verilator makes of it. Traffic comes from gcm_lane.h.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace pspnic::rtl {

// Word 0 holds the lowest bits, so that byte 0 of a block is the uppermost byte of word 3.
using Block = std::array<uint32_t, 4>;

// Named as the ports.
struct GcmInputs {
  bool cmd_valid = false;
  bool cmd_open = false;
  uint8_t cmd_version = 0;
  std::array<uint32_t, 8> cmd_key{};
  std::array<uint32_t, 3> cmd_nonce{};
  uint16_t cmd_aad_bytes = 0;
  uint16_t cmd_text_bytes = 0;
  bool in_valid = false;
  Block in_data{};
  bool out_ready = false;
  bool res_ready = false;
};

struct GcmOutputs {
  bool cmd_ready = false;
  bool in_ready = false;
  bool out_valid = false;
  Block out_data{};
  uint8_t out_bytes = 0;
  bool out_last = false;
  bool res_valid = false;
  uint8_t res_status = 0;
  Block res_tag{};
};

class GcmCore {
 public:
  virtual ~GcmCore() = default;

  // A cycle is settle() and tick(): with `inputs` at the pins, what the outputs are before the clock's edge;
  // then the edge.
  virtual void settle(const GcmInputs& inputs, GcmOutputs& outputs) = 0;
  virtual void tick() = 0;
  // Some cycles of reset with all inputs low.
  virtual void reset() = 0;

  // Verilator ends the process when an assertion of the RTL fails, unless told not to. Then this tells
  // whether one has failed since the last call.
  virtual void survive_assertions() = 0;
  virtual bool take_failure() = 0;
};

// What a lane was made with.
struct GcmShape {
  unsigned max_key_bits = 256;
  bool pipelined = true;
  unsigned ghash_digit = 128;
  unsigned max_bytes = 16383;
  bool gates = false;  // S-boxes and GHASH multiplier of few gates, not those that simulate fast

  bool operator==(const GcmShape&) const = default;
};

// The shapes that are Verilated.
inline constexpr std::array<GcmShape, 4> kGcmShapes{
    {{256, true, 128}, {128, true, 128}, {256, true, 32, 9216}, {256, false, 16}}};

std::string name_of(const GcmShape& shape);

// Throws std::invalid_argument for a shape that is not among them.
std::unique_ptr<GcmCore> make_gcm_core(const GcmShape& shape);
// The first of the shapes, with all its signals in an FST file, keys among them. Throws std::runtime_error if
// the file cannot be made or less than 64 MiB are free there; a disk that is full later cuts it off.
std::unique_ptr<GcmCore> make_traced_gcm_core(const std::string& path);

}  // namespace pspnic::rtl
