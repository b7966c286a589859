// SPDX-License-Identifier: Apache-2.0
#include "testbench/diff/annotated_diff.h"

#include <fmt/format.h>

#include <algorithm>

namespace pspnic::diff {
namespace {

constexpr size_t kRow = 16;
constexpr size_t kRows = 3;

bool differs(std::span<const uint8_t> a, std::span<const uint8_t> b, size_t at) {
  if (at >= a.size() || at >= b.size()) return at < a.size() || at < b.size();
  return a[at] != b[at];
}

void add_row(std::string& out, std::span<const uint8_t> first, std::span<const uint8_t> second, size_t begin,
             Sides sides) {
  const size_t width = std::max(sides.first.size(), sides.second.size());
  std::string marks;
  for (size_t i = begin; i < begin + kRow; ++i) marks += differs(first, second, i) ? " ^^" : "   ";
  out += fmt::format("\n  {:<{}} {:04x} {}", sides.first, width, begin, hex_row(first, begin));
  out += fmt::format("\n  {:<{}} {:04x} {}", sides.second, width, begin, hex_row(second, begin));
  const size_t last = marks.find_last_not_of(' ');
  if (last != std::string::npos) out += fmt::format("\n{:{}}{}", "", width + 8, marks.substr(0, last + 1));
}

// Fields behind the first that differs.
std::string others(std::span<const uint8_t> first, std::span<const uint8_t> second,
                   const std::vector<Field>& fields, size_t at) {
  std::string names;
  std::string last;  // a field may lie in several places
  for (const Field& field : fields) {
    if (field.end <= at || (field.begin <= at && at < field.end)) continue;
    bool other = false;
    for (size_t i = field.begin; i < field.end && !other; ++i) other = differs(first, second, i);
    if (other && field.name != last) names += (names.empty() ? "" : ", ") + field.name;
    if (other) last = field.name;
  }
  return names;
}

}  // namespace

std::string hex_row(std::span<const uint8_t> bytes, size_t begin) {
  std::string row;
  for (size_t i = begin; i < std::min(begin + kRow, bytes.size()); ++i)
    row += fmt::format(" {:02x}", bytes[i]);
  return row;
}

std::string annotated_diff(std::span<const uint8_t> first, std::span<const uint8_t> second,
                           const std::vector<Field>& fields, Sides sides) {
  const size_t longest = std::max(first.size(), second.size());
  size_t at = 0;
  while (at < longest && !differs(first, second, at)) ++at;
  if (at == longest) return {};
  std::string out =
      fmt::format("at {:04x}: {}", at, at < first.size() ? place_in(fields, at) : "behind the end");
  if (second.size() != first.size())
    out += fmt::format("; {} {} bytes, {} {}", sides.second, second.size(), sides.first, first.size());
  const size_t begin = at / kRow * kRow;
  for (size_t row = begin; row < std::min(longest, begin + kRows * kRow); row += kRow) {
    add_row(out, first, second, row, sides);
  }
  const std::string names = others(first, second, fields, at);
  if (!names.empty()) out += "\n  also different: " + names;
  return out;
}

}  // namespace pspnic::diff
