// SPDX-License-Identifier: Apache-2.0
// pspnic explain: a run with the reasons for what it gives, and what changing the hardware would give.
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <iostream>
#include <thread>

#include "model/base/config_error.h"
#include "testbench/bench/parameters.h"
#include "testbench/cli/commands.h"
#include "testbench/explain/sensitivity.h"

namespace pspnic::cli {

namespace {

// Of a workload that ends after so many packets or messages: as many as show the rate, so that a hundred runs
// do not take long.
constexpr uint64_t kSensitivityPackets = 10'000;

bool counts_packets(const bench::RunOptions& run, const bench::Parameters& parameters) {
  using Kind = bench::Preset::Kind;
  const Kind kind = bench::find_preset(run.workload).kind;
  return kind == Kind::kStream || (kind == Kind::kTraffic && parameters.traffic.duration.ps == 0);
}

void show_progress(size_t ended, size_t count) {
  if (isatty(STDERR_FILENO) == 0) return;
  fmt::print(std::cerr, "\r{} of {} runs{}", ended, count, ended == count ? "\n" : "");
}

}  // namespace

options::options_description explain_description() {
  options::options_description description("Options of explain");
  description.add_options()                                                        //
      ("workload", options::value<std::string>(), "traffic to generate")           //
      ("config", options::value<Words>()->composing(), "JSON file of parameters")  //
      ("set", options::value<Words>()->composing(), "KEY=VALUE")                   //
      ("packets", options::value<uint64_t>(), "how many, each direction")          //
      ("seed", options::value<uint64_t>()->default_value(1), "of all randomness")  //
      ("sensitivity", "what 10 % less and more of each parameter would change")    //
      ("jobs", options::value<unsigned>()->default_value(0), "processes at a time; 0: one a core");
  return description;
}

int explain_command(const Words& words) {
  const options::variables_map map = parse(words, explain_description());
  bench::RunOptions run;
  run.workload = get<std::string>(map, "workload");
  if (run.workload.empty()) throw base::ConfigError("pspnic explain", "needs --workload NAME");
  run.config_files = get<Words>(map, "config");
  run.settings = get<Words>(map, "set");
  if (map.count("packets") != 0) run.packets = map["packets"].as<uint64_t>();
  run.seed = map["seed"].as<uint64_t>();
  if (map.count("sensitivity") == 0) return bench::run(run);

  bench::Parameters parameters;
  bench::resolve(run, parameters);
  if (!run.packets && counts_packets(run, parameters)) run.packets = kSensitivityPackets;
  const unsigned asked = map["jobs"].as<unsigned>();
  const unsigned jobs = asked > 0 ? asked : std::max(1u, std::thread::hardware_concurrency());
  const auto variants = explain::variants(parameters.tree.list());
  const explain::Sensitivity found = explain::sensitivity(run, variants, jobs, show_progress);
  explain::print_sensitivity(std::cout, found);
  return found.base.well ? 0 : 1;
}

}  // namespace pspnic::cli
