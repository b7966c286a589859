// SPDX-License-Identifier: Apache-2.0
// Files of test vectors, for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "testbench/vectors/readers.h"

namespace pspnic::vectors::test {

// A file or folder of NIST's vectors, as Debian's python3-cryptography-vectors installs them.
inline std::string nist(const std::string& name) {
  return "/usr/lib/python3/dist-packages/cryptography_vectors/" + name;
}
inline bool has_nist() {
  return std::filesystem::is_directory(nist(""));
}
inline constexpr const char* kNoNist =
    "no NIST vectors; scripts/test installs Debian's python3-cryptography-vectors";

inline std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace pspnic::vectors::test
