// SPDX-License-Identifier: Apache-2.0
// Files that parameters name (traffic.a.sizes.file). A sweep takes a copy of each into its folder when it
// begins and works on that alone: wherever its points run, and whatever becomes of the file.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "testbench/sweep/plan.h"

namespace pspnic::sweep {

// "DIR/inputs/03": the copy of the plan's file of that number.
std::string input_file(const std::string& folder, size_t number);

// What these files have. Whatever is no readable file is left out: a run that needs it says so itself.
std::vector<InputFile> read_inputs(const std::set<std::string>& names);

// Makes the folder, if need be, and the copies that are not there. Throws std::runtime_error.
void keep_inputs(const std::string& folder, const Plan& plan);

// Reads the copies of a plan that has come from its file. Throws ConfigError for one that is not there.
void load_inputs(const std::string& folder, Plan& plan);

}  // namespace pspnic::sweep
