// SPDX-License-Identifier: Apache-2.0
// What the cards report of their drivers, for the summary: on the console as compilers write it, in
// report.json, and as texts for the verdict.
#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>

#include "testbench/bench/summary.h"

namespace pspnic::nic {
class Nic;
}

namespace pspnic::bench {

// Adds those of a card; the ones that fail the run are its violations too.
void add_driver_reports(Summary& summary, const nic::Nic& nic);

// Nothing without reports.
void print_driver_reports(std::ostream& out, const Summary& summary);

// An array: device, place, rule, severity, text, source, time, field, seen, expected, times, events, fails.
nlohmann::ordered_json driver_reports_json(const Summary& summary);

}  // namespace pspnic::bench
