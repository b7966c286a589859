// SPDX-License-Identifier: Apache-2.0
// Which packets of a flow have arrived, by their numbers.
#pragma once

#include <array>
#include <cstdint>

namespace pspnic::bench {

enum class Arrival : uint8_t {
  kInOrder,  // later than all before it
  kLate,     // a later one has been here, this one not
  kAgain,
  kTooOld,  // kWindow or more behind the latest: it cannot be told whether it was here
};

class Arrivals {
 public:
  static constexpr uint64_t kWindow = 4096;

  Arrival take(uint64_t packet) {
    if (packet >= next_) {
      clear_between(next_, packet);
      next_ = packet + 1;
      mark(packet);
      return Arrival::kInOrder;
    }
    if (next_ - packet > kWindow) return Arrival::kTooOld;
    if ((word(packet) & bit(packet)) != 0) return Arrival::kAgain;
    mark(packet);
    return Arrival::kLate;
  }

 private:
  static uint64_t bit(uint64_t packet) { return uint64_t{1} << packet % 64; }
  uint64_t& word(uint64_t packet) { return here_[packet / 64 % here_.size()]; }
  void mark(uint64_t packet) { word(packet) |= bit(packet); }
  // What the window moves over holds numbers of long ago.
  void clear_between(uint64_t first, uint64_t last) {
    if (last - first >= kWindow) {
      here_.fill(0);
      return;
    }
    for (uint64_t packet = first; packet <= last; ++packet) word(packet) &= ~bit(packet);
  }

  std::array<uint64_t, kWindow / 64> here_{};
  uint64_t next_ = 0;
};

}  // namespace pspnic::bench
