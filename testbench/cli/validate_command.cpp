// SPDX-License-Identifier: Apache-2.0
#include <iostream>
#include <thread>

#include "testbench/cli/commands.h"
#include "testbench/validate/validate.h"

namespace pspnic::cli {

options::options_description validate_description() {
  options::options_description description("Options of validate");
  description.add_options()  //
      ("json", "as JSON")    //
      ("jobs", options::value<unsigned>(), "processes at a time (default: one a core)");
  return description;
}

int validate_command(const Words& words) {
  options::options_description all("");
  all.add(validate_description()).add_options()("targets", options::value<Words>(), "names");
  options::positional_options_description positions;
  positions.add("targets", -1);
  const options::variables_map map = parse(words, all, positions);
  const unsigned jobs = get<unsigned>(map, "jobs", std::max(1u, std::thread::hardware_concurrency()));
  const std::vector<validate::Case> cases = validate::cases();
  const auto outcomes = validate::run_cases(cases, get<Words>(map, "targets"), std::max(1u, jobs));
  if (map.count("json") != 0) {
    std::cout << validate::to_json(outcomes);
  } else {
    validate::print(std::cout, outcomes);
  }
  return validate::all_within(outcomes) ? 0 : 1;
}

}  // namespace pspnic::cli
