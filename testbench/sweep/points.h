// SPDX-License-Identifier: Apache-2.0
// The points of a sweep from what the user writes: lists to combine, or a file that has each point. Knows no
// parameters: keys and values are texts. All throw ConfigError naming the option, or file and line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "testbench/sweep/plan.h"

namespace pspnic::sweep {

// Lists as behind --over, every value of the first with every one of the second and so on; the last varies
// fastest. At most kMaxPoints.
//   KEY=V1,V2             values of one key
//   KEY=1..20             whole numbers, both ends included; may stand among other values
//   KEY=["V,1","V2"]      the same as a JSON list, for values with commas
//   KEY1,KEY2=A:B,C:D     keys that vary together: A with B, C with D
Points combine(const std::vector<std::string>& lists);

// A file of points: CSV whose header names the keys (RFC 4180 quoting), or a JSON list of objects, all with
// the same keys. `origin` is its name in errors.
Points read_points(std::string_view text, const std::string& origin);

// Rows of fields; quotes may enclose commas, line ends and doubled quotes. Empty lines are left out.
struct CsvRow {
  size_t line;  // where it begins, from 1
  std::vector<std::string> fields;
};
std::vector<CsvRow> read_csv(std::string_view text, const std::string& origin);

// A field as CSV has it: in quotes where it must be.
std::string csv_field(std::string_view text);

}  // namespace pspnic::sweep
