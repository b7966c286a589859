// SPDX-License-Identifier: Apache-2.0
#include "model/record/limits.h"

#include "model/base/packet.h"

namespace pspnic::record {

namespace {

std::string length_text(const char* what, uint64_t bytes, const std::string& rule) {
  return std::string(what) + " of " + std::to_string(bytes) + " bytes, must be " + rule;
}

}  // namespace

std::string broken_length(Kind kind, uint64_t bytes) {
  if (is_frame(kind)) {
    constexpr uint64_t kMost = base::Packet::kMaxFrameBytes;
    return bytes > 0 && bytes <= kMost ? "" : length_text("a frame", bytes, "1.." + std::to_string(kMost));
  }
  if (has_length(kind)) {
    return bytes <= kMostMemoryBytes
               ? ""
               : length_text("an access to memory", bytes, "0.." + std::to_string(kMostMemoryBytes));
  }
  return bytes == kWordBytes ? "" : length_text("a word", bytes, std::to_string(kWordBytes));
}

std::string broken_time(uint64_t time) {
  return time <= kLatest ? "" : "a time beyond 2^63 ps";
}

std::string broken_rule(const Entry& entry) {
  if (const std::string rule = broken_time(entry.time); !rule.empty()) return rule;
  if (entry.progress > kLatest) return "a card's progress beyond 2^63";
  if (const std::string rule = broken_length(entry.kind, entry.data.size()); !rule.empty()) return rule;
  const bool memory = entry.kind == Kind::kDmaRead || entry.kind == Kind::kDmaWrite;
  // Only what was refused may reach farther: a driver may ask for anything.
  if (memory && entry.ok && !entry.data.empty() && entry.data.size() - 1 > ~entry.address)
    return "memory beyond 2^64";
  if (entry.kind == Kind::kDmaRead && !entry.ok) return broken_length(entry.kind, entry.span);
  return "";
}

}  // namespace pspnic::record
