// SPDX-License-Identifier: Apache-2.0
// Runs with payload=lengths: what they cannot do, and what is not looked at in them.
#pragma once

#include "testbench/bench/parameters.h"
#include "testbench/bench/run.h"

namespace pspnic::bench {

// ConfigError for what lives on the bytes of payload: captures, bit errors, engines.
void check_lengths(const RunOptions& options, const Parameters& parameters);

// The checks of a run; of payload that is not there none is made.
CheckParams checks_of(const Parameters& parameters);

}  // namespace pspnic::bench
