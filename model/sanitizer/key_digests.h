// SPDX-License-Identifier: Apache-2.0
// What has been done with session keys, without keeping any: 64-bit digests (SipHash-2-4,
// Aumasson and Bernstein 2012). Their secret is the seed of the run, which its report has: they keep keys out
// of reports and histories, and hide none from who guesses. Two keys in 2^32 may look the same.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>

namespace pspnic::sanitizer {

uint64_t sip_hash(const std::array<uint64_t, 2>& secret, std::span<const uint8_t> message);

struct KeyUse {
  bool installed = false;  // in the table, at some time since its function was reset
  uint16_t function = 0;   // that installed it last
  uint32_t slots = 0;      // of the table that have it
  bool sealed = false;     // some packet
  uint64_t last_iv = 0;    // of these; kept over resets, as the key is the peer's
};

class KeyDigests {
 public:
  explicit KeyDigests(const std::array<uint64_t, 2>& secret) : secret_(secret) {}

  uint64_t digest(std::span<const uint8_t> key) const { return sip_hash(secret_, key); }
  KeyUse& use(uint64_t digest) { return uses_[digest]; }
  // The table is empty, and may be filled with the same keys; the IVs used remain.
  void reset() {
    for (auto& [unused, use] : uses_) use = {.sealed = use.sealed, .last_iv = use.last_iv};
  }
  // Likewise of the function's part of the table, whose slots have been taken away.
  void reset(uint16_t function) {
    for (auto& [unused, use] : uses_) {
      if (use.function == function && use.slots == 0) use.installed = false;
    }
  }

 private:
  std::array<uint64_t, 2> secret_;
  std::unordered_map<uint64_t, KeyUse> uses_;  // by digest
};

}  // namespace pspnic::sanitizer
