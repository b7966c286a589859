// SPDX-License-Identifier: Apache-2.0
// A set of slot numbers that finds its next member in constant time, however large and however full it is: a
// bit a slot, and above each 64 bits one that says whether any of them is set.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace pspnic::crypto {

class SlotSet {
 public:
  static constexpr uint32_t kMaxSize = 1u << 24;  // 64 to the fourth

  // The numbers below `size`, at most kMaxSize, of which all or none are in it.
  SlotSet(uint32_t size, bool all);

  uint32_t size() const { return size_; }
  bool contains(uint32_t number) const { return (levels_[0][number / 64] >> number % 64 & 1) != 0; }
  void insert(uint32_t number);
  void erase(uint32_t number);
  // The least member of [from, end).
  std::optional<uint32_t> next(uint32_t from, uint32_t end) const;

 private:
  static constexpr unsigned kLevels = 4;
  uint32_t size_;
  // Bit i of level l + 1: word i of level l is not 0.
  std::array<std::vector<uint64_t>, kLevels> levels_;
};

}  // namespace pspnic::crypto
