// SPDX-License-Identifier: Apache-2.0
// pspnic report: pages and charts of finished runs.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <iostream>

#include "model/base/config_error.h"
#include "testbench/bench/parameters.h"
#include "testbench/cli/commands.h"
#include "testbench/report/files.h"
#include "testbench/report/page.h"

namespace pspnic::cli {

void write_page(const std::vector<report::RunView>& runs, const std::string& path) {
  const bench::Parameters defaults;
  report::write_text(path, report::html_page(runs, report::flat_config(defaults.tree.to_json())));
}

options::options_description report_description() {
  options::options_description description("Options of report");
  description.add_options()                                                                         //
      ("output,o", options::value<std::string>(), "the page; report.html if nothing is asked for")  //
      ("plots", options::value<std::string>(), "folder for each chart as SVG and PNG");
  return description;
}

int report_command(const Words& words) {
  options::options_description all("");
  all.add(report_description())
      .add_options()("runs", options::value<Words>(), "report.json files, or folders that have some");
  options::positional_options_description names;
  names.add("runs", -1);
  const options::variables_map map = parse(words, all, names);
  const Words asked = get<Words>(map, "runs");
  if (asked.empty()) throw base::ConfigError("pspnic report", "needs a folder or report.json files");
  for (const char* name : {"output", "plots"}) {
    if (map.count(name) != 0 && map[name].as<std::string>().empty())
      throw base::ConfigError(std::string("--") + name, "is empty");
  }
  const std::vector<report::RunView> runs = report::read_runs(asked);
  const auto plots = get<std::string>(map, "plots");
  const auto page = get<std::string>(map, "output", plots.empty() ? "report.html" : "");
  if (!page.empty()) {
    write_page(runs, page);
    fmt::print(std::cout, "{}: {} {}\n", page, runs.size(), runs.size() == 1 ? "run" : "runs");
  }
  if (!plots.empty()) fmt::print(std::cout, "{}\n", report::write_plots(report::all_plots(runs), plots));
  return 0;
}

}  // namespace pspnic::cli
