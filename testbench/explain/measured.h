// SPDX-License-Identifier: Apache-2.0
// What a run of a sensitivity tells the process that asked for it.
#pragma once

#include <string>

#include "testbench/bench/summary.h"
#include "testbench/explain/sensitivity.h"

namespace pspnic::explain {

Measured measured_of(const bench::Summary& summary);

// One line of JSON, and back. Throws std::runtime_error for other text.
std::string measured_text(const Measured& measured);
Measured measured_in(const std::string& text);

}  // namespace pspnic::explain
