// SPDX-License-Identifier: Apache-2.0
// A request made ready to run: which space, what the hosts offer, which directions count. All that can be
// wrong with a request is found here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "testbench/bench/card_pair.h"
#include "testbench/size/request.h"
#include "testbench/size/space.h"
#include "testbench/sweep/plan.h"
#include "testbench/sweep/point_result.h"

namespace pspnic::size {

struct Problem {
  Request request;
  sweep::Plan plan;  // without points; its keys are those of the axes
  std::vector<Axis> axes;
  std::vector<bench::Side> sides;                 // senders of the directions that count
  std::vector<std::string> notes;                 // what was decided for the user, in sentences
  std::unique_ptr<bench::Parameters> parameters;  // of the workload, files and settings; points go on top
};

// Throws ConfigError. The configurations themselves are checked by check_space().
Problem make_problem(const Request& request);

// Throws ConfigError for a configuration that could not start, or whose cost is out of order: all of a small
// space; of a larger one those in which one value varies and the others are the first or the last.
void check_space(const Problem& problem);

// What a run has reached, of the directions that count.
Measured measured_of(const std::vector<sweep::Headline>& headlines, const Problem& problem);

}  // namespace pspnic::size
