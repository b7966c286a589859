// SPDX-License-Identifier: Apache-2.0
// A report that people look at: one HTML file that needs nothing else, in light and dark, for screens of any
// width. For development ?theme=dark or ?theme=light behind its address chooses.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "testbench/report/plots.h"
#include "testbench/report/run_view.h"

namespace pspnic::report {

// `defaults`: the configuration of which only what differs is shown. At least one run.
std::string html_page(const std::vector<RunView>& runs, const std::map<std::string, std::string>& defaults);

// All charts of such a page.
std::vector<Plot> all_plots(const std::vector<RunView>& runs);

}  // namespace pspnic::report
