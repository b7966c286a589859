// SPDX-License-Identifier: Apache-2.0
// What an entry can be at most: a writer refuses what a reader would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "model/record/entry.h"

namespace pspnic::record {

inline constexpr uint64_t kLatest = std::numeric_limits<int64_t>::max();  // ps, and events of a card
inline constexpr size_t kWordBytes = 4;
// In one access: far more than a card asks for at once.
inline constexpr uint64_t kMostMemoryBytes = 16 << 20;

// Register accesses and messages are words; all others say how long they are.
constexpr bool has_length(Kind kind) {
  return kind != Kind::kMmioWrite && kind != Kind::kMmioRead && kind != Kind::kInterrupt;
}

// The rule that this breaks, in words; empty: none.
std::string broken_length(Kind kind, uint64_t bytes);
std::string broken_time(uint64_t time);
std::string broken_rule(const Entry& entry);

}  // namespace pspnic::record
