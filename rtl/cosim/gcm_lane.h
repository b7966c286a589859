// SPDX-License-Identifier: Apache-2.0
// Packets through a Verilated AES-GCM lane: feeds commands and data, collects text and results, and notes the
// cycle of everything that moved. Streams flow as fast as the lane takes and gives them unless `stall` says
// otherwise, and once something is offered it stays so until it is taken.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "rtl/cosim/gcm_core.h"
#include "rtl/cosim/key_bytes.h"

namespace pspnic::rtl {

struct GcmPacket {
  bool open = false;
  unsigned version = 0;  // PSP's, 4 bits
  KeyBytes key;
  std::array<uint8_t, 12> nonce{};
  std::vector<uint8_t> aad;       // at most 16383 bytes
  std::vector<uint8_t> text;      // likewise
  std::array<uint8_t, 16> icv{};  // of a packet to open
};

enum class GcmStatus : uint8_t { kOk, kTagMismatch, kIllegal };

struct GcmResult {
  static constexpr uint64_t kNever = UINT64_MAX;

  GcmStatus status = GcmStatus::kOk;
  std::array<uint8_t, 16> tag{};  // zero unless sealed
  // As it left the lane: before the status, so that it is not to be believed unless that is kOk.
  std::vector<uint8_t> text;
  // Cycles.
  uint64_t command_offered = kNever;
  uint64_t command_taken = kNever;
  uint64_t first_text = kNever;  // taken
  uint64_t last_text = kNever;
  uint64_t result_offered = kNever;
  uint64_t result_taken = kNever;
};

enum class GcmStream : uint8_t { kCommand, kIn, kOut, kResult };

class GcmLane {
 public:
  explicit GcmLane(const GcmShape& shape) : GcmLane(make_gcm_core(shape)) {}
  explicit GcmLane(std::unique_ptr<GcmCore> core) : core_(std::move(core)) {}

  // Offers the packet's command and data from cycle `at` on, behind those submitted before. Throws
  // std::invalid_argument if a length does not fit its port.
  void submit(GcmPacket packet, uint64_t at = 0);

  // One clock cycle.
  void step();
  // Cycles until all packets have their results. Throws std::runtime_error when nothing moves for
  // `patience` cycles.
  void drain(uint64_t patience = 100'000);
  // The result of the oldest packet, if that is complete.
  std::optional<GcmResult> take_result();
  // Submits, drains, and takes the result of a packet that has the lane for itself.
  GcmResult run(GcmPacket packet);

  uint64_t cycle() const { return cycle_; }
  size_t packets() const { return flights_.size(); }  // submitted, result not taken from here

  // Asked once a cycle and stream; true: nothing new is offered, or nothing taken, in this cycle.
  std::function<bool(GcmStream)> stall;

  void reset();

 private:
  struct Flight {
    GcmPacket packet;
    uint64_t at = 0;
    size_t blocks_taken = 0;
    bool text_complete = false;
    GcmResult result;

    size_t aad_blocks() const { return (packet.aad.size() + 15) / 16; }
    size_t text_blocks() const { return (packet.text.size() + 15) / 16; }
    size_t blocks() const { return aad_blocks() + text_blocks() + (packet.open ? 1 : 0); }
    bool complete() const;
  };

  bool stalled(GcmStream stream) const { return stall && stall(stream); }
  void offer_command();
  void offer_block();
  void collect_command();
  void collect_block();
  void collect_text();
  void collect_result();

  std::unique_ptr<GcmCore> core_;
  GcmInputs inputs_;
  GcmOutputs outputs_;
  uint64_t cycle_ = 0;
  uint64_t moved_at_ = 0;  // the last cycle in which anything moved
  std::deque<Flight> flights_;
  // Which packet each stream is at.
  size_t command_next_ = 0;
  size_t in_next_ = 0;
  size_t out_next_ = 0;
  size_t result_next_ = 0;
};

}  // namespace pspnic::rtl
