// SPDX-License-Identifier: Apache-2.0
// Which interrupt vectors the driver holds. A vector's id is its MSI-X entry; 0 is the mailbox's and never
// given out.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "firmware/digest.h"

namespace pspnic::firmware {

class VectorTable {
 public:
  explicit VectorTable(uint16_t vectors) : held_(vectors) {}

  bool held(uint32_t vector) const { return vector < held_.size() && held_[vector]; }

  // First id of the lowest run of `count` free vectors, now held.
  std::optional<uint16_t> allocate(uint16_t count) {
    uint16_t run = 0;
    for (size_t vector = 1; count != 0 && vector < held_.size(); ++vector) {
      run = held_[vector] ? uint16_t{0} : static_cast<uint16_t>(run + 1);
      if (run < count) continue;
      const size_t first = vector + 1 - count;
      for (size_t taken = first; taken <= vector; ++taken) held_[taken] = true;
      return static_cast<uint16_t>(first);
    }
    return std::nullopt;
  }

  void release(uint32_t vector) { held_[vector] = false; }

  void digest(Digest& digest) const {
    for (const bool held : held_) digest.add(held);
  }

 private:
  std::vector<bool> held_;
};

}  // namespace pspnic::firmware
