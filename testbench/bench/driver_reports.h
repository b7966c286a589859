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

// Adds those of a card; what is checked always, and in strict mode all, are its violations too. Those that
// the faults at the card (kinds of ledger.h) explain do not fail the run.
void add_driver_reports(Summary& summary, const nic::Nic& nic, uint32_t faults);

// Without reports, how many rules were checked; nothing if the sanitizer was off.
void print_driver_reports(std::ostream& out, const Summary& summary);

// An array: device, place, rule, severity, text, source, time, field, seen, expected, times, events, fails.
nlohmann::ordered_json driver_reports_json(const Summary& summary);

}  // namespace pspnic::bench
