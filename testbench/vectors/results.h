// SPDX-License-Identifier: Apache-2.0
// What became of all cases, and how people and machines read it.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "testbench/vectors/collect.h"
#include "testbench/vectors/through.h"

namespace pspnic::vectors {

struct CaseResult {
  const Case* one = nullptr;
  std::string not_applicable;  // a rule; empty: it was run
  std::string failure;         // what was wrong; empty: it passed, if it was run
};

struct FileResult {
  const VectorFile* file = nullptr;
  std::vector<CaseResult> cases;
};

// All cases that `way` has a meaning for, through `through`.
std::vector<FileResult> run_cases(const std::vector<VectorFile>& files, Way way, bool engine_has_bare_aes,
                                  Through& through, const Step& step);
// How many run_cases() will run.
size_t count_applicable(const std::vector<VectorFile>& files, Way way, bool engine_has_bare_aes);

size_t count_run(const std::vector<FileResult>& results);
// A file that is damaged counts as a failure.
size_t count_failures(const std::vector<FileResult>& results);

// By file and group; reasons; what was skipped; so many failures in full.
void print_results(std::ostream& out, const std::vector<FileResult>& results,
                   const std::vector<std::string>& skipped, size_t failures_shown);

// JUnit XML: a suite for each file and group, a test case for each vector; one more suite of skipped files.
std::string junit(const std::vector<FileResult>& results, const std::vector<std::string>& skipped, Way way);

}  // namespace pspnic::vectors
