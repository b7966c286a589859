// SPDX-License-Identifier: Apache-2.0
// Parameters as a table for people.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "model/base/params.h"

namespace pspnic::base {

namespace {

constexpr size_t kColumns = 5;
constexpr std::array<std::string_view, kColumns> kTitles{"name", "default", "value", "range",
                                                         "meaning [source of the default]"};
// Longer cells are wrapped. The last column takes what is left of the line, but at least its entry here.
constexpr std::array<size_t, kColumns> kWidest{32, 24, 24, 26, 30};
constexpr std::string_view kIndent = "  ";
constexpr std::string_view kGap = "  ";

using Cells = std::array<std::string, kColumns>;
using Widths = std::array<size_t, kColumns>;

struct Row {
  std::string group;
  Cells cells;
};

bool starts_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

// Characters, not bytes: texts are UTF-8.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

// Bytes that the first `width` characters take.
size_t bytes_of(std::string_view text, size_t width) {
  size_t i = 0;
  for (size_t seen = 0; i < text.size(); ++i) {
    if (starts_character(text[i]) && seen++ == width) break;
  }
  return i;
}

// Breaks at the last space that fits; a word that is too long is cut.
std::vector<std::string_view> wrap(std::string_view text, size_t width) {
  std::vector<std::string_view> lines;
  while (width_of(text) > width) {
    size_t cut = bytes_of(text, width);
    const size_t space = text.rfind(' ', cut);
    const bool at_space = space != std::string_view::npos && space != 0;
    if (at_space) cut = space;
    lines.push_back(text.substr(0, cut));
    text.remove_prefix(cut + (at_space ? 1 : 0));
  }
  lines.push_back(text);
  return lines;
}

Row row_of(const ParamInfo& info) {
  const size_t dot = info.name.rfind('.');
  const bool in_group = dot != std::string::npos;
  return {in_group ? info.name.substr(0, dot) : "",
          {in_group ? info.name.substr(dot + 1) : info.name, info.default_text,
           info.changed() ? info.value_text : "", info.range_text.empty() ? info.unit : info.range_text,
           fmt::format("{} [{}]", info.meaning, info.source)}};
}

Widths widths_of(const std::vector<Row>& rows, size_t columns) {
  Widths widths{};
  size_t used = kIndent.size();
  for (size_t i = 0; i + 1 < kColumns; ++i) {
    for (const Row& row : rows) widths[i] = std::max(widths[i], width_of(row.cells[i]));
    if (widths[i] == 0) continue;  // nothing differs from its default: no such column
    widths[i] = std::clamp(widths[i], width_of(kTitles[i]), kWidest[i]);
    used += widths[i] + kGap.size();
  }
  widths.back() = std::max(kWidest.back(), columns > used ? columns - used : 0);
  return widths;
}

void print_row(std::string& out, const Cells& cells, const Widths& widths) {
  std::array<std::vector<std::string_view>, kColumns> wrapped;
  size_t height = 0;
  for (size_t i = 0; i < kColumns; ++i) {
    if (widths[i] == 0) continue;
    wrapped[i] = wrap(cells[i], widths[i]);
    height = std::max(height, wrapped[i].size());
  }
  for (size_t y = 0; y < height; ++y) {
    std::string line(kIndent);
    for (size_t i = 0; i < kColumns; ++i) {
      if (widths[i] == 0) continue;
      const std::string_view part = y < wrapped[i].size() ? wrapped[i][y] : std::string_view();
      line += part;
      line.append(widths[i] - width_of(part), ' ');
      line += kGap;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
}

}  // namespace

std::string params_table(const ParamTree& tree, size_t columns) {
  std::vector<Row> rows;
  std::vector<std::string> groups;
  for (const ParamInfo& info : tree.list()) {
    rows.push_back(row_of(info));
    const std::string& group = rows.back().group;
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  // What stands in no group would look like a part of the one before.
  std::stable_partition(groups.begin(), groups.end(), [](const std::string& group) { return group.empty(); });
  const Widths widths = widths_of(rows, columns);
  std::string out;
  print_row(out,
            Cells{std::string(kTitles[0]), std::string(kTitles[1]), std::string(kTitles[2]),
                  std::string(kTitles[3]), std::string(kTitles[4])},
            widths);
  for (const std::string& group : groups) {
    out += group.empty() ? "\n" : "\n" + group + "\n";
    for (const Row& row : rows) {
      if (row.group == group) print_row(out, row.cells, widths);
    }
  }
  return out;
}

}  // namespace pspnic::base
