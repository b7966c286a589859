// SPDX-License-Identifier: Apache-2.0
// A run whose configuration, traffic and faults are drawn from a seed: whatever is legal together may come.
// Many seeds find what nobody thought of; each can be repeated with one command line.
#pragma once

#include <cstdint>
#include <string>

#include "testbench/bench/run.h"

namespace pspnic::bench {

// Small runs: some thousand packets at most. The same seed draws the same run on every machine.
RunOptions draw_run(uint64_t seed);
// The command that makes this run: "pspnic run --workload ... --set ...".
std::string command_line(const RunOptions& options);

}  // namespace pspnic::bench
