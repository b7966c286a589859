// SPDX-License-Identifier: Apache-2.0
// Reads a configuration file into a flat list of values with dotted names and places. Knows JSON, not
// parameters.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pspnic::base {

enum class JsonKind { kNull, kBool, kNumber, kString, kArray, kEmptyObject };

struct JsonLeaf {
  std::string name;  // "nic.pcie.generation", however objects and dotted keys were mixed
  JsonKind kind;
  std::string
      text;  // number as written if it has a point or exponent; content of a string; "true"; empty otherwise
  size_t line;    // of the key, both from 1
  size_t column;  // in bytes
};

// Leaves in order of the file. // and /* */ comments are skipped. Throws ConfigError with place
// "<origin>:<line>:<column>" if the text is not JSON, is not an object at the top, or names anything twice.
std::vector<JsonLeaf> read_json_leaves(std::string_view json, const std::string& origin);

// JSON text can carry nothing but UTF-8.
bool is_utf8(const std::string& text);

}  // namespace pspnic::base
