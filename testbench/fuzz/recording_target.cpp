// SPDX-License-Identifier: Apache-2.0
#include "testbench/fuzz/recording_target.h"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <vector>

#include "model/net/bytes.h"
#include "model/record/limits.h"
#include "model/record/reader.h"
#include "testbench/playback/comparison.h"
#include "testbench/playback/places.h"
#include "testbench/playback/recorded_memory.h"

namespace pspnic::fuzz {

namespace {

using record::Entry;
using record::Kind;

constexpr size_t kMostLookedAt = 1000;  // what follows takes time in proportion to the square

constexpr uint64_t kMostAskedFor = 1 << 20;

// The rule that an entry breaks, or nothing.
std::string broken_entry(const Entry& entry, const std::vector<uint8_t>& file) {
  if (const std::string rule = record::broken_rule(entry); !rule.empty()) return rule;
  const std::less_equal<const uint8_t*> before;
  const bool inside = before(file.data(), entry.data.data()) &&
                      before(entry.data.data() + entry.data.size(), file.data() + file.size());
  return entry.data.empty() || inside ? "" : "bytes that are not the file's";
}

// The card does what was recorded, once: no difference.
std::string compare_with_itself(std::span<const Entry> entries) {
  const playback::Places places(entries);
  playback::RecordedMemory memory(entries);
  playback::Comparison comparison(entries, {});
  std::vector<uint8_t> bytes;
  for (const Entry& entry : entries) {
    if (places.describe(entry).empty()) return "an entry without words";
    for (const diff::Field& field : places.fields(entry)) {
      if (field.begin >= field.end || field.end > entry.data.size()) return "a field beyond its bytes";
    }
    const uint64_t length = entry.ok ? entry.data.size() : entry.span;
    if (entry.kind == Kind::kDmaRead && length <= kMostAskedFor) {
      bytes.assign(length, 0);
      const auto expected = entry.ok ? playback::Answer::kAsRecorded : playback::Answer::kNone;
      if (memory.read(entry.address, bytes) != expected) return "another answer";
      if (entry.ok && !std::ranges::equal(bytes, entry.data)) return "an answer of other bytes";
    }
    if (entry.kind == Kind::kDmaWrite && memory.write(entry.address, entry.data) != entry.ok)
      return "a write that is taken otherwise";
    if (entry.kind == Kind::kInterrupt &&
        memory.message(entry.address, net::load_le32(entry.data.data())) != entry.ok)
      return "a message that is taken otherwise";
    comparison.on_entry(entry);
  }
  comparison.finish();
  return comparison.differences() == 0 ? "" : "a recording that differs from itself";
}

}  // namespace

std::string fuzz_recording(std::span<const uint8_t> bytes) {
  record::Recording recording;
  try {
    recording = record::parse({bytes.begin(), bytes.end()}, "file");
  } catch (const std::runtime_error& error) {
    return std::string(error.what()).starts_with("file: ") ? "" : "an error without its place";
  }
  for (const Entry& entry : recording.entries) {
    if (const std::string rule = broken_entry(entry, recording.file); !rule.empty()) return rule;
  }
  return compare_with_itself(
      std::span(recording.entries).first(std::min(recording.entries.size(), kMostLookedAt)));
}

}  // namespace pspnic::fuzz
