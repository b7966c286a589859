// SPDX-License-Identifier: Apache-2.0
// pspnic swarm: a run drawn from a seed.
#include <iostream>

#include "testbench/bench/run.h"
#include "testbench/bench/swarm.h"
#include "testbench/cli/commands.h"

namespace pspnic::cli {

options::options_description swarm_description() {
  options::options_description description("Options of swarm");
  description.add_options()                                                      //
      ("seed", options::value<uint64_t>()->required(), "draws the run")          //
      ("kind", options::value<std::string>()->default_value("any"), "any, gro")  //
      ("print", "the command line of the run, without running it");
  return description;
}

int swarm_command(const Words& words) {
  const options::variables_map map = parse(words, swarm_description());
  const bench::RunOptions run =
      bench::draw_run(map["seed"].as<uint64_t>(), bench::parse_swarm_kind(map["kind"].as<std::string>()));
  std::cout << bench::command_line(run) << "\n";
  return map.count("print") != 0 ? 0 : bench::run(run);
}

}  // namespace pspnic::cli
