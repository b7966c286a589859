// SPDX-License-Identifier: Apache-2.0
// Draws one of n entries with given weights in constant time: Walker's alias method, with Vose's construction
// (A Linear Algorithm for Generating Random Numbers with a Given Distribution, 1991). Probabilities are kept
// to 2^-32 of 1/n.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace pspnic::traffic {

class AliasTable {
 public:
  // Weights are finite and not negative, and not all 0; 1..2^24 of them. Else std::logic_error.
  explicit AliasTable(std::span<const double> weights);

  // `bits` is any random word; an entry's number.
  uint32_t draw(uint64_t bits) const {
    const uint64_t slot = (bits >> 32) * slots_.size() >> 32;
    const Slot& chosen = slots_[slot];
    return static_cast<uint32_t>(bits) < chosen.below ? static_cast<uint32_t>(slot) : chosen.other;
  }
  size_t size() const { return slots_.size(); }

 private:
  struct Slot {
    uint32_t below = 0;  // the slot's own entry for so many of 2^32 words, the other for the rest
    uint32_t other = 0;
  };
  std::vector<Slot> slots_;
};

// Weights of Zipf's law: the i-th of `count`, from 1 on, has i^-exponent. 0: all alike.
std::vector<double> zipf_weights(size_t count, double exponent);

}  // namespace pspnic::traffic
