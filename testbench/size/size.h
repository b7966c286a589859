// SPDX-License-Identifier: Apache-2.0
// pspnic size: the smallest configuration that meets a goal, and the folder with the runs that prove it.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "testbench/size/request.h"
#include "testbench/size/sizing.h"

namespace pspnic::size {

struct SizeOptions {
  std::optional<Request> request;  // none: what the folder has, with `resume`
  std::string out;
  bool resume = false;  // go on with what the folder has
  unsigned jobs = 0;    // processes at a time, 0: one a core
  SizingOptions sizing;
};

// Checks all, runs what is to be run, writes the results. `out` gets the answer, standard error the progress.
// Exit status: 0 there is an answer; 1 there is none, a brute force found another one, or it was interrupted.
// Throws ConfigError before anything is run or written, std::runtime_error for files and for runs that found
// a fault.
int size(const SizeOptions& options, std::ostream& out);

// Goal, space and what is offered; checks all, runs nothing.
void print_space(const Request& request, std::ostream& out);

}  // namespace pspnic::size
