// SPDX-License-Identifier: Apache-2.0
// When not even the largest configuration is enough: which parameter outside of the space would help.
#pragma once

#include <string>
#include <vector>

#include "testbench/size/problem.h"
#include "testbench/size/search.h"
#include "testbench/size/sizing.h"
#include "testbench/sweep/signals.h"

namespace pspnic::size {

struct Help {
  std::string name;  // of the parameter
  std::string from;
  std::string to;
  Measured measured;  // with it alone
};

// Runs the largest configuration with each parameter of the hardware (nic, host, cable.delay) that is outside
// of the space at half and at twice its value, or at the neighbours of a choice, and gives those that reach
// more: those that meet the goal first, then by rate; a few. Throws Interrupted.
std::vector<Help> what_helps(const Problem& problem, const GridPoint& largest, const Measured& reached,
                             unsigned jobs, sweep::Signals& signals, const Tell& tell);

}  // namespace pspnic::size
