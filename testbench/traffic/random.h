// SPDX-License-Identifier: Apache-2.0
// Random words by their number: the n-th of a stream can be had without those before it, so that what a flow
// sends does not depend on when it is its turn. Streams of other names, or of another seed, have nothing to
// do with each other.
//
// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014): a counter in steps
// of the golden ratio through a mixing function; about a nanosecond a word, the same on every machine.
#pragma once

#include <cstdint>

namespace pspnic::traffic {

constexpr uint64_t mixed(uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
  return word ^ (word >> 31);
}

class RandomWords {
 public:
  // `name` and `part` tell streams of one seed apart: what is drawn, and for whom.
  constexpr RandomWords(uint64_t seed, uint64_t name, uint64_t part = 0)
      : start_(mixed(mixed(mixed(seed) ^ name * kStep) + part * kStep)) {}

  constexpr uint64_t at(uint64_t number) const { return mixed(start_ + (number + 1) * kStep); }
  constexpr uint64_t next() { return at(number_++); }

 private:
  static constexpr uint64_t kStep = 0x9e3779b97f4a7c15u;
  uint64_t start_;
  uint64_t number_ = 0;
};

}  // namespace pspnic::traffic
