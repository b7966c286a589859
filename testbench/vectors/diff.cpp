// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/diff.h"

#include <fmt/format.h>

#include <algorithm>

namespace pspnic::vectors {
namespace {

constexpr size_t kRow = 16;
constexpr size_t kRows = 3;

bool differs(std::span<const uint8_t> a, std::span<const uint8_t> b, size_t at) {
  if (at >= a.size() || at >= b.size()) return at < a.size() || at < b.size();
  return a[at] != b[at];
}

std::string hex_row(std::span<const uint8_t> bytes, size_t begin) {
  std::string row;
  for (size_t i = begin; i < begin + kRow; ++i) {
    row += i < bytes.size() ? fmt::format(" {:02x}", bytes[i]) : std::string("   ");
  }
  return row.substr(0, row.find_last_not_of(' ') + 1);
}

void add_row(std::string& out, std::span<const uint8_t> expected, std::span<const uint8_t> got,
             size_t begin) {
  std::string marks;
  for (size_t i = begin; i < begin + kRow; ++i) marks += differs(expected, got, i) ? " ^^" : "   ";
  const bool any = marks.find('^') != std::string::npos;
  out += fmt::format("\n  expected {:04x} {}", begin, hex_row(expected, begin));
  out += fmt::format("\n  got      {:04x} {}", begin, hex_row(got, begin));
  if (any) out += fmt::format("\n                {}", marks.substr(0, marks.find_last_not_of(' ') + 1));
}

// Fields behind the first that differs.
std::string others(std::span<const uint8_t> expected, std::span<const uint8_t> got,
                   const std::vector<Field>& fields, size_t first) {
  std::string names;
  for (const Field& field : fields) {
    if (field.end <= first || (field.begin <= first && first < field.end)) continue;
    bool other = false;
    for (size_t i = field.begin; i < field.end && !other; ++i) other = differs(expected, got, i);
    if (other) names += (names.empty() ? "" : ", ") + field.name;
  }
  return names;
}

}  // namespace

std::string annotated_diff(std::span<const uint8_t> expected, std::span<const uint8_t> got,
                           const std::vector<Field>& fields) {
  const size_t longest = std::max(expected.size(), got.size());
  size_t first = 0;
  while (first < longest && !differs(expected, got, first)) ++first;
  if (first == longest) return {};
  std::string out = fmt::format("at {:04x}: {}", first,
                                first < expected.size() ? place_in(fields, first) : "behind the end");
  if (got.size() != expected.size())
    out += fmt::format("; {} bytes, expected {}", got.size(), expected.size());
  const size_t begin = first / kRow * kRow;
  for (size_t row = begin; row < std::min(longest, begin + kRows * kRow); row += kRow) {
    add_row(out, expected, got, row);
  }
  const std::string names = others(expected, got, fields, first);
  if (!names.empty()) out += "\n  also different: " + names;
  return out;
}

}  // namespace pspnic::vectors
