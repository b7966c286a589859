// SPDX-License-Identifier: Apache-2.0
// Reports in the file system: which report.json are meant, and the files that pages and charts become.
// Errors: ConfigError for what is named and cannot be a report, std::runtime_error for what cannot be
// written.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "testbench/report/plots.h"
#include "testbench/report/run_view.h"

namespace pspnic::report {

// Each word is a file, or a folder: its report.json, or if it has none those in the folders below it (a
// sweep), in the order of their names.
std::vector<RunView> read_runs(const std::vector<std::string>& words);

void write_text(const std::string& path, const std::string& text);

// NAME.svg of each chart into the folder, which is made, and NAME.png if a program is there that can (
// rsvg-convert, or chromium). The answer says in words what was written or is missing.
std::string write_plots(const std::vector<Plot>& plots, const std::string& folder);

}  // namespace pspnic::report
