// SPDX-License-Identifier: Apache-2.0
// pspnic run: a capture or a workload, to its end.
#include "model/base/config_error.h"
#include "testbench/bench/run.h"
#include "testbench/cli/commands.h"

namespace pspnic::cli {

options::options_description run_description() {
  options::options_description description("Options of run");
  description.add_options()                                                                           //
      ("pcap", options::value<std::string>(), "capture (pcap, pcapng) to replay in both directions")  //
      ("workload", options::value<std::string>(), "traffic to generate; see below")                   //
      ("config", options::value<std::vector<std::string>>()->composing(),
       "JSON file of parameters; repeatable")                                                    //
      ("set", options::value<std::vector<std::string>>()->composing(), "KEY=VALUE; repeatable")  //
      ("packets", options::value<uint64_t>(),
       "how many packets: a capture's first, or of a workload, each direction (100000)")  //
      ("protect", options::value<std::string>(),
       "JSON file, or its text, of flows that the cards protect without their drivers' knowledge "
       "(docs/psp.md); the drivers' own PSP is then off unless stream.psp, replay.psp or tcp.psp is set")   //
      ("seed", options::value<uint64_t>()->default_value(1), "of everything random, device keys included")  //
      ("out", options::value<std::string>(), "folder for report.json, captures, keys.log")                  //
      ("report", options::value<std::string>(), "file for what report.json would have, without the rest")   //
      ("trace", options::value<std::string>(),
       "folder for waveforms of the RTL, with nic.crypto.engine=rtl: card_1.fst, card_2.fst; they show keys");
  return description;
}

int run_command(const Words& words) {
  const options::variables_map map = parse(words, run_description());
  bench::RunOptions run;
  run.pcap = get<std::string>(map, "pcap");
  run.workload = get<std::string>(map, "workload");
  if (run.pcap.empty() == run.workload.empty()) {
    throw base::ConfigError("pspnic run", "needs one of --pcap FILE and --workload NAME, not both");
  }
  run.config_files = get<std::vector<std::string>>(map, "config");
  run.settings = get<std::vector<std::string>>(map, "set");
  if (map.count("packets") != 0) run.packets = map["packets"].as<uint64_t>();
  run.seed = map["seed"].as<uint64_t>();
  for (const auto& [option, what] : {std::pair{"out", "folder"}, {"report", "file"}, {"trace", "folder"}}) {
    if (map.count(option) != 0 && map[option].as<std::string>().empty()) {
      throw base::ConfigError(std::string("--") + option, std::string("names no ") + what);
    }
  }
  run.protect = get<std::string>(map, "protect");
  run.out = get<std::string>(map, "out");
  run.report = get<std::string>(map, "report");
  run.trace = get<std::string>(map, "trace");
  return bench::run(run);
}

}  // namespace pspnic::cli
