// SPDX-License-Identifier: Apache-2.0
// Another program, to its end.
#pragma once

#include <string>
#include <vector>

namespace pspnic::sweep {

struct ProgramEnd {
  int status = 0;      // exit status; 128 and the signal that ended it
  std::string output;  // standard output
  std::string errors;  // standard error
};

// Runs words[0], found as a shell finds it, with `input` on standard input. Out of reach of Ctrl-C, and with
// no signal blocked. Throws std::runtime_error if it cannot be started.
ProgramEnd run_program(const std::vector<std::string>& words, const std::string& input = {});

}  // namespace pspnic::sweep
