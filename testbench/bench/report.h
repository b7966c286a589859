// SPDX-License-Identifier: Apache-2.0
// The files of a run that programs read.
#pragma once

#include <string>

#include "testbench/bench/parameters.h"
#include "testbench/bench/run.h"
#include "testbench/bench/summary.h"

namespace pspnic::bench {

// Resolved configuration, seed, summary, every block's statistics. The same for the same configuration and
// seed.
std::string report_json(const Parameters& parameters, const RunOptions& options, Platform& platform,
                        const WireChecker& checker, const Summary& summary);

// What depends on the machine that simulated, and those parameters that change no result.
std::string host_json(const Parameters& parameters, double cpu_seconds, uint64_t packets, uint64_t events);

}  // namespace pspnic::bench
