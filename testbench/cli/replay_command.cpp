// SPDX-License-Identifier: Apache-2.0
// pspnic replay: a card against a recording of what crossed its border.
#include <iostream>

#include "model/base/config_error.h"
#include "testbench/cli/commands.h"
#include "testbench/playback/print.h"

namespace pspnic::cli {

options::options_description replay_description() {
  options::options_description description("Options of replay");
  description.add_options()  //
      ("config", options::value<std::vector<std::string>>()->composing(),
       "JSON file of parameters nic.* that differ from the recording's; repeatable")             //
      ("set", options::value<std::vector<std::string>>()->composing(), "KEY=VALUE; repeatable")  //
      ("ignore", options::value<std::string>(), "times: compare contents alone")                 //
      ("show", options::value<size_t>()->default_value(10), "how many differences of either sort, in full");
  return description;
}

int replay_command(const Words& words) {
  options::options_description hidden("");
  hidden.add(replay_description()).add_options()("file", options::value<std::string>());
  options::positional_options_description positions;
  positions.add("file", 1);
  const options::variables_map map = parse(words, hidden, positions);
  const auto file = get<std::string>(map, "file");
  if (file.empty()) throw base::ConfigError("pspnic replay", "needs a recording: pspnic replay FILE");
  const auto ignored = get<std::string>(map, "ignore");
  if (!ignored.empty() && ignored != "times") {
    throw base::ConfigError("--ignore", "'" + ignored + "', can be times alone");
  }
  playback::PlayOptions options;
  options.config_files = get<std::vector<std::string>>(map, "config");
  options.settings = get<std::vector<std::string>>(map, "set");
  options.comparison = {ignored.empty(), map["show"].as<size_t>()};
  const record::Recording recording = record::read(file);
  playback::print_recording(std::cout, recording);
  playback::Player player(recording, options);
  playback::print_left_out(std::cout, player);
  player.run();
  playback::print_findings(std::cout, recording, player, ignored.empty());
  return player.well() ? 0 : kFailure;
}

}  // namespace pspnic::cli
