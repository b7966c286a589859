// SPDX-License-Identifier: Apache-2.0
// Pieces of payload that must never be seen in clear, and the search for them: a window of 16 bytes at every
// offset, at about a nanosecond a byte.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "model/net/bytes.h"

namespace pspnic::bench {

class PlaintextProbes {
 public:
  static constexpr uint32_t kBytes = 16;
  static constexpr size_t kProbes = 1024;  // the newest replace those of the same hash

  // Three windows of this payload, as far as they do not look like padding.
  void add(std::span<const uint8_t> payload) {
    if (payload.size() < kBytes) return;
    for (const size_t part : {0u, 1u, 2u}) add_window(&payload[(payload.size() - kBytes) * part / 2]);
  }
  // Where the first of them is found.
  std::optional<size_t> find(std::span<const uint8_t> bytes) const {
    for (size_t i = 0; i + kBytes <= bytes.size(); ++i) {
      const size_t slot = slot_of(&bytes[i]);
      if (used_[slot] && std::memcmp(probes_[slot].data(), &bytes[i], kBytes) == 0) return i;
    }
    return std::nullopt;
  }

 private:
  static size_t slot_of(const uint8_t* window) {
    return static_cast<size_t>((net::load_be64(window) * 0x9e3779b97f4a7c15) >> 54);
  }
  // Few different bytes: such a window may stand in a header by chance.
  static bool telling(const uint8_t* window) {
    std::bitset<256> seen;
    for (uint32_t i = 0; i < kBytes; ++i) seen.set(window[i]);
    return seen.count() >= kBytes / 2;
  }
  void add_window(const uint8_t* window) {
    if (!telling(window)) return;
    const size_t slot = slot_of(window);
    std::memcpy(probes_[slot].data(), window, kBytes);
    used_.set(slot);
  }

  std::array<std::array<uint8_t, kBytes>, kProbes> probes_;
  std::bitset<kProbes> used_;
};

}  // namespace pspnic::bench
