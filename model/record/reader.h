// SPDX-License-Identifier: Apache-2.0
// Reads a recording, whatever the file may be. Every error names the file, the byte and the rule. One that
// breaks off among its entries, as its program ended early, has those that are whole.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/record/entry.h"
#include "model/record/header.h"

namespace pspnic::record {

// The bytes of entries are those of the file, which is kept.
struct Recording {
  std::vector<uint8_t> file;
  Header header;
  std::vector<Entry> entries;
  base::Time end = 0;  // ps; of one that breaks off that of the last thing in it
  bool whole = true;   // false: it breaks off
  std::string origin;  // the file, for texts

  Recording() = default;
  Recording(Recording&&) = default;
  Recording& operator=(Recording&&) = default;
};

// Throws std::runtime_error; `origin` stands for the file in its text.
Recording parse(std::vector<uint8_t> file, const std::string& origin);
// The same. Throws ConfigError if there is no such file, or it cannot be opened.
Recording read(const std::string& path);

}  // namespace pspnic::record
