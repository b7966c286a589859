// SPDX-License-Identifier: Apache-2.0
// The traffic of a run: which workload the options ask for, whether it fits the cards, and what drivers must
// be like for it.
#pragma once

#include <memory>

#include "testbench/bench/parameters.h"
#include "testbench/bench/run.h"

namespace pspnic::bench {

// Throws ConfigError: a lane that does not know the keys of the traffic would have the driver refused at its
// first SA.
void check_version(const nic::CryptoParams& crypto, const char* parameter, unsigned version);

// Throws ConfigError that names the parameter, std::runtime_error for a capture that cannot be read.
std::unique_ptr<Workload> make_workload(const RunOptions& options, const Parameters& parameters, KeyLog& keys,
                                        DriverSetup& setup);

}  // namespace pspnic::bench
