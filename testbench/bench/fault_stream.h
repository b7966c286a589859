// SPDX-License-Identifier: Apache-2.0
// Decisions about faults, all from the seed of a run. A stream has a name, and what it decides about item n
// (a frame, a read, a doorbell) depends on seed, name and n alone: no fault that is switched on, and nothing
// that happened before, shifts another one's decisions.
//
// Numbers: SplitMix64's finaliser as a counter-based generator, FNV-1a for names. No standard distribution is
// used, so results are the same with every standard library.
#pragma once

#include <cstdint>
#include <string_view>

namespace pspnic::bench {

class FaultStream {
 public:
  FaultStream(uint64_t seed, std::string_view name) : key_(mix(seed) ^ hash(name)) {}

  // 64 random bits: the `draw`-th ones of item n.
  uint64_t bits(uint64_t n, uint64_t draw = 0) const {
    return mix(mix(key_ + n * kGolden) + (draw + 1) * kGolden);
  }
  // True with `probability`; 0 is never, 1 always.
  bool happens(uint64_t n, double probability) const {
    if (probability <= 0) return false;
    if (probability >= 1) return true;
    constexpr double kRange = 18446744073709551616.0;  // 2^64
    return bits(n) < static_cast<uint64_t>(probability * kRange);
  }
  // 0..limit-1; limit at least 1. The bias of limit / 2^64 does not matter here.
  uint64_t below(uint64_t n, uint64_t limit, uint64_t draw = 0) const {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(bits(n, draw + 1)) * limit) >> 64);
  }

 private:
  static constexpr uint64_t kGolden = 0x9e3779b97f4a7c15;

  static constexpr uint64_t mix(uint64_t x) {
    x += kGolden;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }
  static constexpr uint64_t hash(std::string_view name) {
    uint64_t value = 0xcbf29ce484222325;
    for (const char c : name) value = (value ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    return value;
  }

  uint64_t key_;
};

// A stream and the number of its next item.
class FaultCounter {
 public:
  FaultCounter(uint64_t seed, std::string_view name) : stream_(seed, name) {}
  bool next(double probability) { return stream_.happens(count_++, probability); }
  // More about the item that next() decided on last.
  uint64_t below(uint64_t limit, uint64_t draw = 0) const { return stream_.below(count_ - 1, limit, draw); }

 private:
  FaultStream stream_;
  uint64_t count_ = 0;
};

}  // namespace pspnic::bench
