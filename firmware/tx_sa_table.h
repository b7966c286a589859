// SPDX-License-Identifier: Apache-2.0
// Which slots of the device's transmit SA table are taken. The keys are in the device only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "firmware/digest.h"
#include "firmware/origin.h"

namespace pspnic::firmware {

class TxSaTable {
 public:
  enum class State : uint8_t {
    kFree,
    kUsed,
    kErasing
  };  // kErasing: packets in flight may still need the key

  explicit TxSaTable(uint32_t slots);

  uint32_t slots() const { return slots_; }
  uint32_t used() const { return used_; }  // the erasing ones included
  uint32_t used_by(Origin owner) const { return owned_[static_cast<size_t>(owner)]; }
  uint32_t free_slots() const { return slots_ - used_; }

  // The next free slot after the one found last, so that a slot is reused as late as possible.
  std::optional<uint32_t> find_free() const;
  State state(uint32_t index) const { return states_[index]; }
  uint16_t tag(uint32_t index) const { return tags_[index]; }
  Origin owner(uint32_t index) const { return owners_[index]; }  // of a slot that is not free

  void take(uint32_t index, uint16_t tag, Origin owner);  // free, or used before by the same
  void start_erase(uint32_t index) { states_[index] = State::kErasing; }
  void free(uint32_t index);  // the erase is over
  void free_all_of(Origin owner);

  void digest(Digest& digest) const;

 private:
  uint32_t slots_;
  uint32_t used_ = 0;
  uint32_t cursor_ = 0;
  std::vector<State> states_;
  std::vector<uint16_t> tags_;
  std::vector<Origin> owners_;
  std::array<uint32_t, 2> owned_{};  // of used_, by owner
  std::vector<uint64_t> free_bits_;  // bit i of word w: slot 64 w + i is free
};

}  // namespace pspnic::firmware
