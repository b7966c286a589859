// SPDX-License-Identifier: Apache-2.0
// Results by file and group.
#pragma once

#include <string>
#include <vector>

#include "testbench/vectors/results.h"

namespace pspnic::vectors {

struct Group {
  const VectorFile* file = nullptr;
  std::string name;
  std::vector<const CaseResult*> cases;  // none: the file is damaged
};

// In the order in which their first cases stand in the file.
std::vector<Group> groups_of(const std::vector<FileResult>& results);

struct Counts {
  size_t run = 0;
  size_t failed = 0;  // of those run
  size_t not_applicable = 0;

  Counts& operator+=(const Counts& other);
};
Counts count(const Group& group);

}  // namespace pspnic::vectors
