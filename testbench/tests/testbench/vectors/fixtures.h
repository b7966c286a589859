// SPDX-License-Identifier: Apache-2.0
// Files for the tests of readers, and a way through them.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "testbench/tests/testbench/vectors/files.h"
#include "testbench/vectors/results.h"

namespace pspnic::vectors::test {

inline std::string fixture(const std::string& name) {
  return PSPNIC_SOURCE_DIR "/testbench/tests/testbench/vectors/fixtures/" + name;
}

inline std::vector<Case> cases_of(const std::string& name) {
  const std::string content = content_of(fixture(name));
  return read_cases(recognise(content), content, name);
}

// Of what the paths hold.
struct Tally {
  size_t cases = 0;
  size_t run = 0;
  std::vector<std::string> wrong;  // "path: case: failure"
};

inline Tally tally(const std::vector<std::string>& paths, Way way, Through& through, bool bare_aes = true) {
  const Collected collected = collect(paths);
  Tally sums;
  for (const FileResult& file : run_cases(collected.files, way, bare_aes, through, [](size_t) {})) {
    if (!file.file->failure.empty()) sums.wrong.push_back(file.file->failure);
    for (const CaseResult& one : file.cases) {
      ++sums.cases;
      if (one.not_applicable.empty()) ++sums.run;
      if (!one.failure.empty())
        sums.wrong.push_back(file.file->path + ": " + one.one->id + ": " + one.failure);
    }
  }
  return sums;
}

// A folder of the directory PSPNIC_EXTRA_VECTORS; empty without that variable.
inline std::string extra_vectors() {
  const char* folder = std::getenv("PSPNIC_EXTRA_VECTORS");
  return folder == nullptr ? "" : folder;
}

}  // namespace pspnic::vectors::test
