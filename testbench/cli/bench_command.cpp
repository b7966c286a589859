// SPDX-License-Identifier: Apache-2.0
// pspnic bench: what the simulation costs.
#include <iostream>

#include "model/base/config_error.h"
#include "testbench/bench/speed.h"
#include "testbench/cli/commands.h"

namespace pspnic::cli {

options::options_description bench_description() {
  options::options_description description("Options of bench");
  description.add_options()                                                                  //
      ("json", "a list of rows instead of a table")                                          //
      ("packets", options::value<uint64_t>()->default_value(40'000), "of each measurement")  //
      ("rounds", options::value<unsigned>()->default_value(5), "odd; the median counts")     //
      ("engine", options::value<std::string>()->default_value("openssl"), "of nic.crypto.engine");
  return description;
}

int bench_command(const Words& words) {
  const options::variables_map map = parse(words, bench_description());
  const auto packets = map["packets"].as<uint64_t>();
  const auto rounds = map["rounds"].as<unsigned>();
  if (packets == 0 || rounds == 0)
    throw base::ConfigError("pspnic bench", "--packets and --rounds start at 1");
  const auto rows = bench::measure_speed({packets, rounds, map["engine"].as<std::string>()});
  (map.count("json") != 0 ? bench::print_speed_json : bench::print_speed)(std::cout, rows);
  return 0;
}

}  // namespace pspnic::cli
