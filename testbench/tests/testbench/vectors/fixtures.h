// SPDX-License-Identifier: Apache-2.0
// Files for the tests of readers, and a way through them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "testbench/vectors/readers.h"
#include "testbench/vectors/results.h"

namespace pspnic::vectors::test {

inline std::string fixture(const std::string& name) {
  return PSPNIC_SOURCE_DIR "/testbench/tests/testbench/vectors/fixtures/" + name;
}

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
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

inline Tally tally(const std::vector<std::string>& paths, Way way, Through& through) {
  const Collected collected = collect(paths);
  Tally sums;
  for (const FileResult& file : run_cases(collected.files, way, true, through, [](size_t) {})) {
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

inline constexpr const char* kNistFolder = "/usr/lib/python3/dist-packages/cryptography_vectors";
inline constexpr const char* kNoNistFolder =
    "no NIST vectors; scripts/test installs Debian's python3-cryptography-vectors";

}  // namespace pspnic::vectors::test
