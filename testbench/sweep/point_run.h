// SPDX-License-Identifier: Apache-2.0
// One point, from its configuration to its files.
#pragma once

#include <cstddef>
#include <string>

#include "testbench/sweep/configuration.h"

namespace pspnic::sweep {

// Runs a point in this process, which has run none before, as SystemC elaborates once, and writes
// report.json, host.json and, last, result.json into its folder, which exists. What there is to say of a
// fault goes to standard output. Exit status as that of bench::run(). Throws std::runtime_error for files and
// for runs that break off; then there is no result.json.
int run_point(Configuration& configuration, const std::string& folder, size_t point);

// The last that has anything in it; empty if none has.
std::string last_line(const std::string& text);

}  // namespace pspnic::sweep
