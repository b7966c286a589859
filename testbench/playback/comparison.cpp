// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/comparison.h"

#include <algorithm>
#include <optional>

#include "model/net/bytes.h"
#include "testbench/playback/psp_fields.h"

namespace pspnic::playback {

using record::Entry;
using record::Kind;

namespace {

bool is_compared(Kind kind) {
  return kind != Kind::kFrameIn;
}

// How long it took, where the span says that and the card decides it.
base::Time duration_of(const Entry& entry) {
  return entry.kind == Kind::kMmioRead || entry.kind == Kind::kFrameOut ? entry.span : 0;
}

base::Time apart(base::Time a, base::Time b) {
  return a > b ? a - b : b - a;
}

// Equal but for the IV of a PSP packet and what it decides.
bool equal_but_for_iv(std::span<const uint8_t> then, std::span<const uint8_t> now) {
  if (then.size() != now.size()) return false;
  const std::optional<PspFields> a = psp_fields(then);
  const std::optional<PspFields> b = psp_fields(now);
  if (!a || !b || *a != *b) return false;
  if (std::equal(&then[a->iv], &then[a->iv] + kIvBytes, &now[b->iv])) return false;
  const auto decided = [&](size_t i) {
    return (i >= a->iv && i < a->iv + kIvBytes) || (i >= a->ciphertext && i < a->end);
  };
  for (size_t i = 0; i < then.size(); ++i) {
    if (then[i] != now[i] && !decided(i)) return false;
  }
  return true;
}

}  // namespace

Comparison::Comparison(std::span<const Entry> entries, const Options& options, base::Time known_until)
    : entries_(entries), options_(options), known_until_(known_until) {
  for (size_t i = 0; i < entries.size(); ++i) {
    const Entry& entry = entries[i];
    counts_[static_cast<size_t>(entry.kind)].recorded++;
    if (is_compared(entry.kind)) streams_[key_of(entry)].expected.push_back(i);
  }
}

Comparison::Key Comparison::key_of(const Entry& entry) {
  return {entry.kind, entry.address, entry.kind == Kind::kInterrupt ? net::load_le32(entry.data.data()) : 0};
}

void Comparison::on_entry(const Entry& now) {
  if (!is_compared(now.kind)) return;
  Stream& stream = streams_[key_of(now)];
  if (stream.next == stream.expected.size()) {
    if (now.time < known_until_) keep(Finding::kExtra, {}, now);
    return;
  }
  compare(entries_[stream.expected[stream.next++]], now);
}

bool Comparison::same_contents(const Entry& then, const Entry& now, KindCounts& counts) const {
  if (then.ok != now.ok) return false;
  if (now.kind == Kind::kDmaRead) {
    return (then.ok ? then.data.size() : then.span) == (now.ok ? now.data.size() : now.span);
  }
  if (std::ranges::equal(then.data, now.data)) return true;
  if (options_.times || now.kind != Kind::kFrameOut || !equal_but_for_iv(then.data, now.data)) return false;
  counts.masked++;
  return true;
}

void Comparison::compare(const Entry& then, const Entry& now) {
  KindCounts& counts = counts_[static_cast<size_t>(now.kind)];
  bool same = true;
  if (!same_contents(then, now, counts)) {
    keep(Finding::kContents, then, now);
    same = false;
  }
  // The host decides when it writes a register.
  const base::Time shift =
      now.kind == Kind::kMmioWrite
          ? 0
          : std::max(apart(then.time, now.time), apart(duration_of(then), duration_of(now)));
  largest_shift_ = std::max(largest_shift_, shift);
  if (shift != 0) {
    keep(Finding::kTime, then, now);
    same = same && !options_.times;
  }
  if (same) counts.same++;
}

void Comparison::finish() {
  for (auto& [key, stream] : streams_) {
    for (; stream.next < stream.expected.size(); ++stream.next) {
      const Entry& then = entries_[stream.expected[stream.next]];
      if (then.time < known_until_) keep(Finding::kMissing, then, {});
    }
  }
  kept_others_.merge(kept_times_);
  for (auto& [unused, difference] : kept_others_) first_.push_back(std::move(difference));
  kept_others_.clear();
}

void Comparison::keep(Finding finding, const Entry& then, const Entry& now) {
  const Kind kind = finding == Finding::kMissing ? then.kind : now.kind;
  counts_[static_cast<size_t>(kind)].findings[static_cast<size_t>(finding)]++;
  if (finding == Finding::kTime && !options_.times) return;
  Kept& kept = finding == Finding::kTime ? kept_times_ : kept_others_;
  const base::Time when = finding == Finding::kExtra ? now.time : then.time;
  if (kept.size() == options_.kept) {
    if (kept.empty() || std::prev(kept.end())->first <= when) return;
    kept.erase(std::prev(kept.end()));
  }
  Difference& difference =
      kept.emplace(when, Difference{finding, then, now, {now.data.begin(), now.data.end()}})->second;
  difference.now.data = difference.data;
}

uint64_t Comparison::total(Finding finding) const {
  uint64_t sum = 0;
  for (const KindCounts& counts : counts_) sum += counts.findings[static_cast<size_t>(finding)];
  return sum;
}

uint64_t Comparison::differences() const {
  return total(Finding::kContents) + total(Finding::kMissing) + total(Finding::kExtra) +
         (options_.times ? total(Finding::kTime) : 0);
}

}  // namespace pspnic::playback
