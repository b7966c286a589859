// SPDX-License-Identifier: Apache-2.0
// Position in a completion ring, with the generation bit that tells a new entry from an old one: 1 in the
// first pass over the zeroed ring, flipped at each wrap. Writer and reader each keep one.
#pragma once

#include <cstdint>

namespace pspnic::idpf {

class RingPosition {
 public:
  // A ring of `length` entries, >= 1.
  explicit constexpr RingPosition(uint32_t length) : length_(length) {}

  constexpr uint32_t index() const { return index_; }
  constexpr bool generation() const { return generation_; }
  constexpr uint32_t length() const { return length_; }

  // Moves to the next entry.
  constexpr void advance() {
    if (++index_ == length_) {
      index_ = 0;
      generation_ = !generation_;
    }
  }

  bool operator==(const RingPosition&) const = default;

 private:
  uint32_t length_;
  uint32_t index_ = 0;
  bool generation_ = true;
};

// Entries from `head` up to but not including `tail` in a ring of `length`; both are below length.
constexpr uint32_t ring_distance(uint32_t head, uint32_t tail, uint32_t length) {
  return tail >= head ? tail - head : tail + length - head;
}

}  // namespace pspnic::idpf
