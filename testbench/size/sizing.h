// SPDX-License-Identifier: Apache-2.0
// From a problem to its answer, the runs that prove it, and what more or less area gives.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "testbench/size/confirmation.h"
#include "testbench/size/problem.h"
#include "testbench/size/runs.h"
#include "testbench/size/search.h"

namespace pspnic::size {

// A run beside the answer.
struct Neighbour {
  size_t axis = 0;  // that has one step less
  GridPoint point;
};

struct Sizing {
  GridPoint largest;
  std::optional<GridPoint> answer;  // nothing: not even the largest is enough
  std::vector<Neighbour> proof;     // of each axis that can have less
  std::optional<GridPoint> just_below;
  std::optional<Search::Contradiction> contradiction;
  bool brute_force = false;
  std::optional<GridPoint> cheapest_of_all;  // with brute_force
  // Runs that none with no more area beats: in rate; and, of those that miss nothing but the latency, in p99.
  // Cheapest first.
  std::vector<GridPoint> rate_front;
  std::vector<GridPoint> latency_front;
  bool fronts_cut_short = false;  // the grid is too large for all lower rates and better latencies

  bool refuted() const { return brute_force && cheapest_of_all != answer; }
};

struct SizingOptions {
  bool brute_force = false;  // run the whole grid
  unsigned confirm = 2;      // further runs in which the answer must meet the goal as well
  unsigned levels = 3;       // lower rates, and latencies, of which the cheapest is looked for as well
};

// Told what is looked for, in words, before each round of runs.
using Tell = std::function<void(const std::string&)>;

// Throws what Runs throws, and ConfigError for a space in which too much stays undecided.
Sizing find_sizing(const Problem& problem, Runs& runs, Confirmation& confirmation,
                   const SizingOptions& options, const Tell& tell);

}  // namespace pspnic::size
