// SPDX-License-Identifier: Apache-2.0
// What a sizing varies unless it is told otherwise (docs/sizing.md has the table).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "testbench/size/space.h"

namespace pspnic::size {

// Parameters that cost area and matter with these `parameters`; values within their ranges. `fixed` are set
// by the user. `wire_bps`: about what the lanes shall carry each way.
std::vector<Axis> default_axes(const bench::Parameters& parameters, double wire_bps,
                               const std::set<std::string>& fixed);

// Adds to an axis of a packet buffer alone the parts of the memory that follow from it, as default axes have
// them. Throws ConfigError for values that are no sizes.
void add_parts(Axis& axis);

}  // namespace pspnic::size
