// SPDX-License-Identifier: Apache-2.0
// The text form of NIST's Cryptographic Algorithm Validation Program: lines "Name = value", cases parted by
// empty lines, sections in brackets.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "testbench/vectors/hex.h"

namespace pspnic::vectors {

// One case: lines "Name = value", and perhaps FAIL; under the lines [Name = value] or [NAME] above it.
struct RspCase {
  std::map<std::string, std::string> section;
  std::map<std::string, std::string> fields;
  bool fail = false;
  std::string twice = {};  // the name of a field that stands twice; the first value counts
  std::string place;       // "<origin>:<line>", of its first line

  bool has(const char* name) const { return fields.contains(name); }
  // These throw base::ConfigError that names place and field when it is missing or not of its kind.
  const std::string& text(const char* name) const;
  Bytes bytes(const char* name) const;
  unsigned number(const char* name) const;
  unsigned section_number(const char* name) const;
};

// Takes any text: a line without "=" is a name without a value.
std::vector<RspCase> read_rsp(std::string_view content, const std::string& origin);
// Looks at one case after the other until it is one.
bool any_rsp_case(std::string_view content, const std::function<bool(const RspCase&)>& is_it);

}  // namespace pspnic::vectors
