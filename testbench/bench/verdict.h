// SPDX-License-Identifier: Apache-2.0
// Whether a run is well, and if not, why: in a line that a table or a log can hold.
#pragma once

#include <string>

#include "testbench/bench/summary.h"

namespace pspnic::bench {

// The first thing that is wrong, causes before what follows from them; of packets that are missing also who
// dropped most of them: "A to B: 32 of 5000 packets missing; dropped: nic_b.rx_overflow 32". Empty if and
// only if summary.all_well().
std::string first_fault(const Summary& summary);

}  // namespace pspnic::bench
