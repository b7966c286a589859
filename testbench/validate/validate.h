// SPDX-License-Identifier: Apache-2.0
// Runs the targets and prints them: expected, modelled, error, tolerance.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "testbench/validate/target.h"

namespace pspnic::validate {

struct Outcome {
  const Case* part = nullptr;
  std::vector<Row> rows;
  std::string failure;  // why there are none; empty: there are
  bool within() const;
};

// Each case in a process of its own, `jobs` at a time; those of `targets` alone, or all if that is empty.
// Throws ConfigError for a name that no target has, std::runtime_error when interrupted.
std::vector<Outcome> run_cases(const std::vector<Case>& cases, const std::vector<std::string>& targets,
                               unsigned jobs);

void print(std::ostream& out, const std::vector<Outcome>& outcomes);
std::string to_json(const std::vector<Outcome>& outcomes);
bool all_within(const std::vector<Outcome>& outcomes);

}  // namespace pspnic::validate
