// SPDX-License-Identifier: Apache-2.0
// Reads a recording, whatever the file may be. Every error names the file, the byte and the rule.
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
  base::Time end = 0;

  Recording() = default;
  Recording(Recording&&) = default;
  Recording& operator=(Recording&&) = default;
};

// Throws std::runtime_error; `origin` stands for the file in its text.
Recording parse(std::vector<uint8_t> file, const std::string& origin);
// The same; also for a file that cannot be read.
Recording read(const std::string& path);

}  // namespace pspnic::record
