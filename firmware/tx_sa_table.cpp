// SPDX-License-Identifier: Apache-2.0
#include "firmware/tx_sa_table.h"

#include <bit>

namespace pspnic::firmware {

TxSaTable::TxSaTable(uint32_t slots)
    : slots_(slots),
      states_(slots, State::kFree),
      tags_(slots),
      owners_(slots, Origin::kFunction),
      free_bits_((size_t{slots} + 63) / 64, ~uint64_t{0}) {
  if (slots % 64 != 0) free_bits_.back() = (uint64_t{1} << slots % 64) - 1;
}

std::optional<uint32_t> TxSaTable::find_free() const {
  const size_t words = free_bits_.size();
  const size_t start = cursor_ / 64;
  // The first word is looked at twice: from the cursor on, and at the end wholly.
  for (size_t i = 0; i <= words && words != 0; ++i) {
    const size_t word = (start + i) % words;
    uint64_t bits = free_bits_[word];
    if (i == 0) bits &= ~uint64_t{0} << cursor_ % 64;
    if (bits != 0) return static_cast<uint32_t>(word * 64 + static_cast<size_t>(std::countr_zero(bits)));
  }
  return std::nullopt;
}

void TxSaTable::take(uint32_t index, uint16_t tag, Origin owner) {
  if (states_[index] == State::kFree) {
    ++used_;
    ++owned_[static_cast<size_t>(owner)];
    owners_[index] = owner;
    free_bits_[index / 64] &= ~(uint64_t{1} << index % 64);
    cursor_ = (index + 1) % slots_;
  }
  states_[index] = State::kUsed;
  tags_[index] = tag;
}

void TxSaTable::free(uint32_t index) {
  --used_;
  --owned_[static_cast<size_t>(owners_[index])];
  free_bits_[index / 64] |= uint64_t{1} << index % 64;
  states_[index] = State::kFree;
  tags_[index] = 0;
}

void TxSaTable::free_all_of(Origin owner) {
  for (uint32_t index = 0; index < slots_ && used_by(owner) > 0; ++index) {
    if (states_[index] != State::kFree && owners_[index] == owner) free(index);
  }
}

void TxSaTable::digest(Digest& digest) const {
  digest.add(used_).add(owned_[0]).add(cursor_);
  for (uint32_t index = 0; index < slots_; ++index) digest.add(states_[index]).add(tags_[index]);
}

}  // namespace pspnic::firmware
