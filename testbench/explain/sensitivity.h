// SPDX-License-Identifier: Apache-2.0
// How much throughput and latency change with each parameter of the hardware, a small step either way.
#pragma once

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "testbench/bench/run.h"
#include "testbench/explain/variants.h"

namespace pspnic::explain {

inline constexpr const char* kRequests = "requests";

// Of a direction that had packets; or of the requests of a workload that has requests, both ways together.
struct MeasuredWay {
  std::string name;  // "A to B", "B to A", kRequests
  double rate = 0;   // goodput in bit/s, in the middle of the run where it is long enough; answers per second
  double mean = 0;   // ps, exact; 0: no latency was measured
  double p99 = 0;    // ps, of a resolution of kP99Resolution
};

struct Measured {
  std::vector<MeasuredWay> ways;
  uint64_t drops = 0;  // for every reason, of both cards and hosts
  bool well = true;    // what `pspnic run` says of such a run
};

enum class Outcome : uint8_t { kMeasured, kRefused, kBrokeOff };  // kRefused: such a card cannot be

struct Effect {
  Variant variant;
  Outcome outcome = Outcome::kMeasured;
  Measured measured;   // kMeasured
  std::string reason;  // else
};

// Of a percentile: a bucket of LogLinearCounts.
inline constexpr double kP99Resolution = 1.0 / 64;

// Runs the workload once, and once for each variant, `jobs` (from 1) processes at a time; what options say of
// files to write is not followed. Runs that lose packets are measured like others. `progress` is told how
// many of how many have ended. Throws std::runtime_error if the run itself is refused or breaks off.
struct Sensitivity {
  Measured base;
  std::vector<Effect> effects;
};
Sensitivity sensitivity(const bench::RunOptions& options, const std::vector<Variant>& variants, unsigned jobs,
                        const std::function<void(size_t, size_t)>& progress);

// A table with a line a variant: parameters with the largest effect on throughput first, then by mean
// latency, drops and p99. Parameters without effect, and variants that are refused or broke off, follow.
void print_sensitivity(std::ostream& out, const Sensitivity& result);

}  // namespace pspnic::explain
