// SPDX-License-Identifier: Apache-2.0
// Files and folders of test vectors.
#pragma once

#include <string>
#include <vector>

#include "testbench/vectors/case.h"

namespace pspnic::vectors {

struct VectorFile {
  std::string path;
  std::string format;   // for people
  std::string failure;  // recognised and damaged: why there are no cases
  std::vector<Case> cases;
};

struct Collected {
  std::vector<VectorFile> files;     // in the order given, those of a folder by name
  std::vector<std::string> skipped;  // paths met in folders that are no vectors, or not by themselves
};

// Each file once, however often it is named. Throws base::ConfigError for a path that does not exist, and for
// one named as a file that cannot be read or makes no vectors.
Collected collect(const std::vector<std::string>& paths);

}  // namespace pspnic::vectors
