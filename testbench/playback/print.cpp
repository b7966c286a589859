// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/print.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>

#include "model/base/text.h"
#include "testbench/diff/annotated_diff.h"
#include "testbench/playback/places.h"

namespace pspnic::playback {

using record::Entry;
using record::Kind;

namespace {

constexpr size_t kRow = 16;
constexpr size_t kRowsShown = 2;
constexpr size_t kReportsShown = 10;

constexpr const char* kKindNames[] = {"",
                                      "register writes",
                                      "register reads",
                                      "reads of memory",
                                      "writes of memory",
                                      "interrupt messages",
                                      "frames in",
                                      "frames out"};

double us(base::Time time) {
  return static_cast<double>(time) / 1e6;
}

// The first rows.
void print_bytes(std::ostream& out, std::span<const uint8_t> data) {
  for (size_t row = 0; row < std::min(data.size(), kRow * kRowsShown); row += kRow) {
    fmt::print(out, "  {:04x} {}\n", row, diff::hex_row(data, row));
  }
  if (data.size() > kRow * kRowsShown) out << "  ...\n";
}

void print_contents(std::ostream& out, const Places& places, const Difference& found) {
  const Entry& then = found.then;
  const Entry& now = found.now;
  fmt::print(out, "{:.6f} us  {}: {}\n", us(then.time), places.describe(then),
             then.ok == now.ok ? "other contents" : "another answer");
  if (then.ok != now.ok) {
    const char* const served = then.kind == Kind::kMmioWrite ? "accepted" : "answered";
    fmt::print(out, "  then {}, now {}\n", then.ok ? served : "refused", now.ok ? served : "refused");
  }
  if (then.kind == Kind::kDmaRead) {
    fmt::print(out, "  now {}\n", places.describe(now));
    return;
  }
  const std::string bytes =
      diff::annotated_diff(then.data, now.data, places.fields(then), {.first = "then", .second = "now"});
  if (!bytes.empty()) fmt::print(out, "  {}\n", bytes);
}

void print_difference(std::ostream& out, const Places& places, const Difference& found) {
  switch (found.finding) {
    case Finding::kContents:
      print_contents(out, places, found);
      break;
    case Finding::kTime:
      fmt::print(out, "{:.6f} us  {}: now at {:.6f} us", us(found.then.time), places.describe(found.then),
                 us(found.now.time));
      if (found.then.kind != Kind::kDmaRead && found.then.span != found.now.span) {
        fmt::print(out, ", and took {} ps, now {}", found.then.span, found.now.span);
      }
      out << "\n";
      break;
    case Finding::kMissing:
      fmt::print(out, "{:.6f} us  {}: does not happen now\n", us(found.then.time),
                 places.describe(found.then));
      break;
    case Finding::kExtra:
      fmt::print(out, "{:.6f} us  {}: happens now alone\n", us(found.now.time), places.describe(found.now));
      print_bytes(out, found.now.data);
      break;
  }
}

void print_counts(std::ostream& out, const Comparison& comparison) {
  fmt::print(out, "\n{:<20}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}\n", "", "recorded", "the same", "contents",
             "times", "missing", "extra");
  for (unsigned kind = 1; kind <= record::kKinds; ++kind) {
    const KindCounts& counts = comparison.counts(static_cast<Kind>(kind));
    fmt::print(out, "{:<20}{:>12}", kKindNames[kind], counts.recorded);
    if (kind == static_cast<unsigned>(Kind::kFrameIn)) {
      fmt::print(out, "    given to the card\n");
      continue;
    }
    fmt::print(out, "{:>12}", counts.same);
    for (const uint64_t count : counts.findings) fmt::print(out, "{:>12}", count);
    if (counts.masked > 0) fmt::print(out, "  {} but for what the IV decides", counts.masked);
    out << "\n";
  }
}

void print_memory(std::ostream& out, const RecordedMemory& memory) {
  const uint64_t odd =
      memory.answers(Answer::kInPieces) + memory.answers(Answer::kAgain) + memory.answers(Answer::kNone);
  if (odd == 0) return;
  fmt::print(
      out,
      "reads of memory answered as recorded {}, in pieces {}, again {}, not at all {} (docs/recording.md)\n",
      memory.answers(Answer::kAsRecorded), memory.answers(Answer::kInPieces), memory.answers(Answer::kAgain),
      memory.answers(Answer::kNone));
}

void print_reports(std::ostream& out, const Player& player) {
  const base::ViolationLog& log = player.reports();
  if (log.count() == 0) return;
  out << "\nWhat the recorded driver did wrong\n";
  const size_t shown = std::min(kReportsShown, log.first().size());
  for (size_t i = 0; i < shown; ++i) out << base::explain(log.first()[i], log.device());
  const uint64_t others = log.first().size() - shown + log.left_out();
  if (others > 0) fmt::print(out, "  and {} more\n", others);
}

}  // namespace

void print_recording(std::ostream& out, const record::Recording& recording) {
  const std::string here = record::build_id();
  fmt::print(out, "Recording of {}: {} entries, {:.3f} us\n", base::printable(recording.header.source),
             recording.entries.size(), us(recording.end));
  fmt::print(out, "  recorded by build {}\n", base::printable(recording.header.build));
  fmt::print(out, "  replayed by {}\n", here == recording.header.build ? "the same" : "build " + here);
  if (!recording.whole) {
    fmt::print(out,
               "  breaks off at {:.6f} us without an end, as its program ended early: replayed up to there\n",
               us(recording.end));
  }
}

void print_left_out(std::ostream& out, const Player& player) {
  for (const std::string& name : player.card().left_out) {
    fmt::print(out, "  without {}, which this program does not have; it was not set\n",
               base::printable(name));
  }
}

void print_findings(std::ostream& out, const record::Recording& recording, const Player& player, bool times) {
  const Comparison& comparison = player.comparison();
  const Places places(recording.entries);
  print_counts(out, comparison);
  print_memory(out, player.memory());
  if (!comparison.first().empty()) out << "\nThe first differences\n";
  for (const Difference& found : comparison.first()) print_difference(out, places, found);
  print_reports(out, player);
  const uint64_t contents = comparison.differences() - (times ? comparison.total(Finding::kTime) : 0);
  const uint64_t shifts = comparison.total(Finding::kTime);
  if (comparison.differences() == 0) {
    fmt::print(out, "\nNo difference{}.\n", times ? ", to the picosecond" : " in contents");
  } else {
    fmt::print(out, "\n{} differences in contents, {} in times.\n", contents, shifts);
  }
  if (shifts > 0) {
    fmt::print(out, "Times {}: {} differ, by at most {:.6f} us.\n", times ? "compared" : "not compared",
               shifts, us(comparison.largest_shift()));
  }
  if (player.strict() && player.reports().count() > 0) {
    out << "The driver broke rules, which fails with nic.sanitizer.mode=strict.\n";
  }
}

}  // namespace pspnic::playback
