// SPDX-License-Identifier: Apache-2.0
// Small steps away from a configuration, one parameter at a time: what a sensitivity is asked about.
#pragma once

#include <string>
#include <vector>

#include "model/base/params.h"

namespace pspnic::explain {

struct Variant {
  std::string name;   // of the parameter
  std::string from;   // its value
  std::string to;     // as behind --set
  bool more = false;  // larger, or a later choice
};

// Of each numeric parameter and each choice of the hardware (nic, host, cable.delay; neither the traffic nor
// faults): 10 % less and 10 % more, in whole steps of what has some (testbench/bench/param_steps.h; integers:
// 1) and one of these at least, as far as the range allows; of a choice its neighbours. A quantity of 0 has
// no 10 %.
std::vector<Variant> variants(const std::vector<base::ParamInfo>& parameters);
// The same with the value divided and multiplied by `factor`, above 1.
std::vector<Variant> variants(const std::vector<base::ParamInfo>& parameters, double factor);

}  // namespace pspnic::explain
