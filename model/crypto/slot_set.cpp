// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/slot_set.h"

#include <bit>

namespace pspnic::crypto {

SlotSet::SlotSet(uint32_t size, bool all) : size_(size) {
  size_t members = size;
  for (std::vector<uint64_t>& level : levels_) {
    const size_t words = (members + 63) / 64;
    level.assign(words, all ? ~uint64_t{0} : 0);
    if (all && members % 64 != 0) level.back() = (uint64_t{1} << members % 64) - 1;
    members = words;
  }
}

void SlotSet::insert(uint32_t number) {
  for (std::vector<uint64_t>& level : levels_) {
    level[number / 64] |= uint64_t{1} << number % 64;
    number /= 64;
  }
}

void SlotSet::erase(uint32_t number) {
  for (std::vector<uint64_t>& level : levels_) {
    uint64_t& word = level[number / 64];
    word &= ~(uint64_t{1} << number % 64);
    if (word != 0) return;
    number /= 64;
  }
}

// Up until a word has a member at or behind the place looked for, then down along the lowest bits.
std::optional<uint32_t> SlotSet::next(uint32_t from, uint32_t end) const {
  if (from >= size_ || from >= end) return std::nullopt;
  uint64_t at = from;
  unsigned level = 0;
  uint64_t bits = 0;
  for (;; ++level) {
    if (level == kLevels || at / 64 >= levels_[level].size()) return std::nullopt;
    bits = levels_[level][at / 64] & (~uint64_t{0} << at % 64);
    if (bits != 0) break;
    at = at / 64 + 1;  // the words behind this one
  }
  at = at / 64 * 64 + static_cast<unsigned>(std::countr_zero(bits));
  while (level-- > 0) at = at * 64 + static_cast<unsigned>(std::countr_zero(levels_[level][at]));
  if (at >= end) return std::nullopt;
  return static_cast<uint32_t>(at);
}

}  // namespace pspnic::crypto
