// SPDX-License-Identifier: Apache-2.0
// Which charts are made of runs. A chart that says nothing of these runs is left out.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "testbench/report/charts.h"
#include "testbench/report/run_view.h"

namespace pspnic::report {

struct Plot {
  std::string name;   // of its file: "latency"
  std::string title;  // heading
  std::string note;   // how to read it, a sentence or two; may be empty
  std::function<Svg(double width)> draw;
};

// Of runs, the parameters in which they differ, and of each run their values: those with the most values
// first. "packets" and the like are no parameters.
struct Varied {
  std::vector<std::string> keys;
  std::vector<std::string> names;                // of keys, as short as tells them apart: "gcm.lanes"
  std::vector<std::vector<std::string>> values;  // by run
};
Varied varied(const std::vector<RunView>& runs);

// Of dotted names, the shortest endings that no other of them has.
std::vector<std::string> short_names(const std::vector<std::string>& names);

std::vector<Plot> plots_of_run(const RunView& run);
std::vector<Plot> plots_of_runs(const std::vector<RunView>& runs);

// The best mean rate of L4 payload that the wire allows: bit/s, for `payload` bytes in a frame that is
// `headers` bytes longer (without FCS), on a wire of `line_rate`. IEEE 802.3: 8 preamble, 4 FCS, 12 gap,
// frames of at least 60 bytes.
double line_rate_goodput(double payload, double headers, double line_rate);

// Runs that no other one beats in area and value at once; `more_is_better` of the value.
std::vector<bool> best_of(const std::vector<double>& area, const std::vector<double>& value,
                          bool more_is_better);

}  // namespace pspnic::report
