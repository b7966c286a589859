// SPDX-License-Identifier: Apache-2.0
// What a card does now beside what it did when it was recorded.
//
// Compared are answers to register reads, whether register writes are accepted, reads and writes of host
// memory, interrupt messages and frames that leave. Each address is a stream of its own, each interrupt
// vector (address and data of its message), and all frames together: the n-th of a stream now is compared
// with its n-th then, so that one too many shifts nothing else. Of reads of host memory the length counts, as
// their bytes come from the recording.
//
// Contents and times are counted apart. Without times, PSP packets whose IVs differ are compared but for what
// the IV decides: the IV itself, ciphertext and ICV (an IV is the card's clock).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <tuple>
#include <vector>

#include "model/record/entry.h"

namespace pspnic::playback {

enum class Finding : uint8_t { kContents, kTime, kMissing, kExtra };
inline constexpr size_t kFindings = 4;

struct Difference {
  Finding finding = Finding::kContents;
  record::Entry then;         // as recorded; kExtra: nothing
  record::Entry now;          // kMissing: nothing
  std::vector<uint8_t> data;  // what `now` points to
};

struct KindCounts {
  uint64_t recorded = 0;
  uint64_t same = 0;    // of those compared
  uint64_t masked = 0;  // frames compared but for what the IV decides
  std::array<uint64_t, kFindings> findings{};
};

class Comparison : public record::Listener {
 public:
  struct Options {
    bool times = true;
    size_t kept = 10;  // differences kept in full, of contents and of times each
  };
  // The entries outlive this. From `known_until` on, ps, it is not known whether they are all.
  Comparison(std::span<const record::Entry> entries, const Options& options,
             base::Time known_until = base::kNever);

  // What happens now.
  void on_entry(const record::Entry& entry) override;
  // Nothing more will.
  void finish();

  const KindCounts& counts(record::Kind kind) const { return counts_[static_cast<size_t>(kind)]; }
  uint64_t total(Finding finding) const;
  // Those that decide: with times all of them.
  uint64_t differences() const;
  // The earliest, in the order of time, once finish() has been called.
  const std::vector<Difference>& first() const { return first_; }
  base::Time largest_shift() const { return largest_shift_; }

 private:
  struct Stream {
    std::vector<size_t> expected;
    size_t next = 0;
  };
  void compare(const record::Entry& then, const record::Entry& now);
  bool same_contents(const record::Entry& then, const record::Entry& now, KindCounts& counts) const;
  void keep(Finding finding, const record::Entry& then, const record::Entry& now);

  std::span<const record::Entry> entries_;
  Options options_;
  base::Time known_until_;
  using Key = std::tuple<record::Kind, uint64_t, uint32_t>;
  static Key key_of(const record::Entry& entry);

  std::map<Key, Stream> streams_;
  std::array<KindCounts, record::kKinds + 1> counts_{};
  std::vector<Difference> first_;
  // The earliest, by time; of those of one time the first found.
  using Kept = std::multimap<base::Time, Difference>;
  Kept kept_times_;
  Kept kept_others_;
  base::Time largest_shift_ = 0;
};

}  // namespace pspnic::playback
