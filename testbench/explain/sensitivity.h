// SPDX-License-Identifier: Apache-2.0
// How much throughput and latency change with each parameter of the hardware, a small step either way.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "testbench/bench/run.h"
#include "testbench/explain/variants.h"

namespace pspnic::explain {

struct Measured {
  double goodput = 0;  // bit/s, both ways
  double p99 = 0;      // ps, the worse way; 0: no latency was measured
};

struct Effect {
  Variant variant;
  std::optional<Measured> measured;  // nothing: such a run is refused, or went wrong
  std::string reason;                // why
};

// Runs the workload once, and once for each variant, `jobs` (from 1) processes at a time; what options say of
// files to write is not followed. `progress` is told how many of how many have ended. Throws
// std::runtime_error if the run itself goes wrong.
struct Sensitivity {
  Measured base;
  std::vector<Effect> effects;
};
Sensitivity sensitivity(const bench::RunOptions& options, const std::vector<Variant>& variants, unsigned jobs,
                        const std::function<void(size_t, size_t)>& progress);

// A table, the largest effect on throughput first, then by latency; parameters without effect, and variants
// that are refused, in a line each.
void print_sensitivity(std::ostream& out, const Sensitivity& result);

}  // namespace pspnic::explain
