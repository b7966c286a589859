// SPDX-License-Identifier: Apache-2.0
// Work in child processes, several at a time: SystemC elaborates once a process.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace pspnic::explain {

struct ChildEnd {
  int status = 0;      // exit status; 128 and the signal that ended it
  std::string errors;  // what it said on standard error, its last line
};

// work(i) for i below `count`, `jobs` (from 1) at a time; its value is the child's exit status, an exception
// is said on standard error and makes it 2. Standard output goes nowhere. `done` is told how many have ended.
// Throws std::runtime_error where no process can be made.
std::vector<ChildEnd> run_in_children(size_t count, unsigned jobs, const std::function<int(size_t)>& work,
                                      const std::function<void(size_t)>& done);

}  // namespace pspnic::explain
