// SPDX-License-Identifier: Apache-2.0
// What is known of a finished point: the file result.json of its folder, from which the results of a sweep
// are put together. Nothing in it depends on the machine.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testbench/bench/summary.h"

namespace pspnic::sweep {

enum class Status {
  kOk,
  kFailed,   // the run found a fault or could not be done; again it would be the same
  kKilled,   // its process was ended by a signal
  kMissing,  // it never ended
};
const char* status_name(Status status);

// A value as JSON spells it, so that results.csv and results.json say the same: 12.5, "nic_a.tx", null.
struct Headline {
  std::string name;
  std::string json;
};

struct PointResult {
  Status status = Status::kMissing;
  std::string reason;               // why not kOk: a line
  std::vector<Headline> headlines;  // empty if the run did not come to its end
};

// The headlines of a run; units are in their names. The same names for every run of a kind of workload, but
// for drops ("drops.nic_b.rx_overflow"), which are there if they happened.
std::vector<Headline> headlines(const bench::Summary& summary);

std::string result_json(const PointResult& result);
// Throws std::runtime_error, with `origin`, for what result_json() did not write.
PointResult read_result(std::string_view json, const std::string& origin);

// What simulating a point cost here.
struct PointCost {
  double cpu_seconds = 0;
  uint64_t packets = 0;
};
std::string cost_json(const PointCost& cost);
// Nothing where it is no such text: what a point cost is never worth an error.
std::optional<PointCost> read_cost(std::string_view json);

}  // namespace pspnic::sweep
