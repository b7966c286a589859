// SPDX-License-Identifier: Apache-2.0
// Looks for keys in the memory that the process allocated: the heap and mappings without a file. Stacks are
// left out, as the tests' own keys lie there.
//
// A key may lie there in three orders of its bytes: as it is; reversed, as in a Verilated register, whose
// word 0 holds the lowest bits; and with the bytes of each word of 32 bits swapped, as in a key schedule that
// software made on words.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <span>
#include <sstream>
#include <string>

namespace pspnic::psp::test {

#ifdef __SANITIZE_ADDRESS__
inline constexpr bool kCanSearchMemory = false;
#else
inline constexpr bool kCanSearchMemory = true;
#endif
inline constexpr const char* kCannotSearchMemory =
    "AddressSanitizer's own memory is too large to be searched";

inline constexpr size_t kSeenBytes = 16;

// Half a key of 256 bits, or a whole one of 128; inverted, so that the search finds no copy of its own.
using Inverted = std::array<uint8_t, kSeenBytes>;

inline Inverted invert(std::span<const uint8_t> key) {
  Inverted result;
  for (size_t i = 0; i < kSeenBytes; ++i) result[i] = static_cast<uint8_t>(~key[i]);
  return result;
}

// How often it was found in each order.
struct Found {
  unsigned forward = 0;
  unsigned reversed = 0;
  unsigned words_swapped = 0;

  bool operator==(const Found&) const = default;
};

inline unsigned count(const uint8_t* begin, const uint8_t* end, const Inverted& wanted) {
  unsigned found = 0;
  const int first = static_cast<uint8_t>(~wanted[0]);
  while (end - begin >= static_cast<ptrdiff_t>(kSeenBytes)) {
    const size_t left = static_cast<size_t>(end - begin) - kSeenBytes + 1;
    begin = static_cast<const uint8_t*>(std::memchr(begin, first, left));
    if (begin == nullptr) break;
    found += std::equal(wanted.begin(), wanted.end(), begin,
                        [](uint8_t a, uint8_t b) { return a == static_cast<uint8_t>(~b); });
    ++begin;
  }
  return found;
}

inline Found find_in_memory(const Inverted& wanted) {
  Inverted reversed = wanted;
  std::reverse(reversed.begin(), reversed.end());
  Inverted swapped = wanted;
  for (auto word = swapped.begin(); word != swapped.end(); word += 4) std::reverse(word, word + 4);

  std::ifstream maps("/proc/self/maps");
  Found found;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::string rights, offset, device, inode, name;
    words >> std::hex >> begin >> dash >> end >> rights >> offset >> device >> inode >> name;
    if (!rights.starts_with("rw") || !(name.empty() || name == "[heap]")) continue;
    const auto* const from = reinterpret_cast<const uint8_t*>(begin);
    const auto* const to = reinterpret_cast<const uint8_t*>(end);
    found.forward += count(from, to, wanted);
    found.reversed += count(from, to, reversed);
    found.words_swapped += count(from, to, swapped);
  }
  return found;
}

}  // namespace pspnic::psp::test
