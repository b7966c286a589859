// SPDX-License-Identifier: Apache-2.0
// A run whose configuration, traffic and faults are drawn from a seed: whatever is legal together may come.
// Many seeds find what nobody thought of; each can be repeated with one command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "testbench/bench/run.h"

namespace pspnic::bench {

enum class SwarmKind {
  kAny,
  kGro,  // TCP connections, merged on reception, over a cable that loses, reorders and duplicates
};
// "any", "gro"; throws base::ConfigError for another.
SwarmKind parse_swarm_kind(std::string_view text);

// Small runs: some thousand packets at most. The same seed draws the same run on every machine.
RunOptions draw_run(uint64_t seed, SwarmKind kind = SwarmKind::kAny);
// The command that makes this run: "pspnic run --workload ... --set ...", quoted for a shell.
std::string command_line(const RunOptions& options);

}  // namespace pspnic::bench
