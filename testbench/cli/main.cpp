// SPDX-License-Identifier: Apache-2.0
// The program pspnic.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <boost/program_options.hpp>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <systemc>
#include <vector>

#include "model/base/config_error.h"
#include "testbench/bench/parameters.h"
#include "testbench/bench/run.h"
#include "testbench/bench/speed.h"
#include "testbench/bench/swarm.h"
#include "testbench/host/driver.h"

#if PSPNIC_HAS_RTL
#include "rtl/cosim/engine.h"
#endif

namespace {

namespace options = boost::program_options;
using pspnic::bench::RunOptions;

constexpr int kUsageError = 2;
constexpr int kFailure = 1;

const char* const kUsage = R"(pspnic: two modelled PSP network cards on a bench, joined by a cable

  pspnic run (--pcap FILE | --workload NAME) [options]   run a capture or a workload and report
  pspnic params [PATTERN] [--config FILE] [--set KEY=VALUE] [--schema]
                                              print every parameter; with PATTERN those whose full name has it
  pspnic swarm --seed N [--kind any|gro] [--print]
                                              one run: configuration, traffic and faults from a seed
  pspnic bench [--engine NAME] [--json] [--packets N] [--rounds N]
                                                         what the simulation costs, beside bare cryptography
  pspnic help

)";

const char* const kFiles = R"(
Files written with --out; without it there is none but that of --report
  report.json              resolved configuration, seed, summary, every statistic with unit
  wire.pcap                what crossed the cable; stamps count from power-on, bring-up included
  host_a.pcap host_b.pcap  what each host received
  captured_a.pcap captured_b.pcap  with host.psp_capture or host.psp_sample: PSP packets that came up as
                           they were on the wire
  keys.log                 "SPI VERSION KEY", one session key a line
  host.json                the crypto engine, CPU time of this machine, writing the files included
Files of these names from an earlier run are replaced or removed.

Exit status: 0 all well, 1 the run found a fault or a file failed, 2 wrong usage or configuration
)";

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

void print_help(std::ostream& out) {
  out << kUsage << run_description() << kFiles << "\nWorkloads\n";
  for (const auto& preset : pspnic::bench::presets())
    fmt::print(out, "  {:<10} {}\n", preset.name, preset.meaning);
}

template <class T>
T get(const options::variables_map& map, const char* name, T otherwise = {}) {
  return map.count(name) != 0 ? map[name].as<T>() : otherwise;
}

options::variables_map parse(const std::vector<std::string>& words,
                             const options::options_description& description,
                             const options::positional_options_description& positions = {}) {
  const auto parsed = options::command_line_parser(words).options(description).positional(positions).run();
  for (const auto& option : parsed.options) {
    // All numbers here are counts; Boost would read -1 as 2^64 - 1.
    if (!option.value.empty() && option.value.front().starts_with('-')) {
      throw options::error("option '--" + option.string_key + "' cannot be " + option.value.front());
    }
  }
  options::variables_map map;
  options::store(parsed, map);
  options::notify(map);
  return map;
}

int run_command(const std::vector<std::string>& words) {
  const options::variables_map map = parse(words, run_description());
  RunOptions run;
  run.pcap = get<std::string>(map, "pcap");
  run.workload = get<std::string>(map, "workload");
  if (run.pcap.empty() == run.workload.empty()) {
    throw pspnic::base::ConfigError("pspnic run", "needs one of --pcap FILE and --workload NAME, not both");
  }
  run.config_files = get<std::vector<std::string>>(map, "config");
  run.settings = get<std::vector<std::string>>(map, "set");
  if (map.count("packets") != 0) run.packets = map["packets"].as<uint64_t>();
  run.seed = map["seed"].as<uint64_t>();
  for (const auto& [option, what] : {std::pair{"out", "folder"}, {"report", "file"}, {"trace", "folder"}}) {
    if (map.count(option) != 0 && map[option].as<std::string>().empty()) {
      throw pspnic::base::ConfigError(std::string("--") + option, std::string("names no ") + what);
    }
  }
  run.protect = get<std::string>(map, "protect");
  run.out = get<std::string>(map, "out");
  run.report = get<std::string>(map, "report");
  run.trace = get<std::string>(map, "trace");
  return pspnic::bench::run(run);
}

// Full names, one parameter a line, so that a line may be copied behind --set.
void print_matching(std::ostream& out, const pspnic::base::ParamTree& tree, const std::string& pattern) {
  bool any = false;
  for (const pspnic::base::ParamInfo& info : tree.list()) {
    if (info.name.find(pattern) == std::string::npos) continue;
    any = true;
    fmt::print(out, "{}={}  {}  {} [{}]\n", info.name, info.value_text,
               info.range_text.empty() ? info.unit : info.range_text, info.meaning, info.source);
  }
  if (!any) throw pspnic::base::ConfigError("pspnic params " + pattern, "no parameter's name has this in it");
}

int params_command(const std::vector<std::string>& words) {
  options::options_description description;
  description.add_options()                                                          //
      ("config", options::value<std::vector<std::string>>()->composing(), "file")    //
      ("set", options::value<std::vector<std::string>>()->composing(), "KEY=VALUE")  //
      ("pattern", options::value<std::string>(), "part of a name")                   //
      ("schema", "JSON Schema instead of a table");
  options::positional_options_description pattern;
  pattern.add("pattern", 1);
  const options::variables_map map = parse(words, description, pattern);
  pspnic::bench::Parameters parameters;
  for (const auto& file : get<std::vector<std::string>>(map, "config")) parameters.tree.load_file(file);
  for (const auto& setting : get<std::vector<std::string>>(map, "set"))
    parameters.tree.set_assignment(setting);
  if (map.count("pattern") != 0) {
    print_matching(std::cout, parameters.tree, map["pattern"].as<std::string>());
    return 0;
  }
  std::cout << (map.count("schema") != 0 ? pspnic::base::params_json_schema(parameters.tree)
                                         : pspnic::base::params_table(parameters.tree));
  return 0;
}

int swarm_command(const std::vector<std::string>& words) {
  options::options_description description;
  description.add_options()                                                    //
      ("seed", options::value<uint64_t>()->required(), "draws the run")        //
      ("kind", options::value<std::string>()->default_value("any"), "of run")  //
      ("print", "the command line of the run, without running it");
  const options::variables_map map = parse(words, description);
  const RunOptions run = pspnic::bench::draw_run(
      map["seed"].as<uint64_t>(), pspnic::bench::parse_swarm_kind(map["kind"].as<std::string>()));
  std::cout << pspnic::bench::command_line(run) << "\n";
  return map.count("print") != 0 ? 0 : pspnic::bench::run(run);
}

int bench_command(const std::vector<std::string>& words) {
  options::options_description description;
  description.add_options()                                                                  //
      ("json", "a list of rows instead of a table")                                          //
      ("packets", options::value<uint64_t>()->default_value(40'000), "of each measurement")  //
      ("rounds", options::value<unsigned>()->default_value(5), "odd; the median counts")     //
      ("engine", options::value<std::string>()->default_value("openssl"), "of nic.crypto.engine");
  const options::variables_map map = parse(words, description);
  const auto packets = map["packets"].as<uint64_t>();
  const auto rounds = map["rounds"].as<unsigned>();
  if (packets == 0 || rounds == 0)
    throw pspnic::base::ConfigError("pspnic bench", "--packets and --rounds start at 1");
  const auto rows = pspnic::bench::measure_speed({packets, rounds, map["engine"].as<std::string>()});
  (map.count("json") != 0 ? pspnic::bench::print_speed_json : pspnic::bench::print_speed)(std::cout, rows);
  return 0;
}

int dispatch(const std::vector<std::string>& words) {
  const std::string command = words.empty() ? "help" : words.front();
  const std::vector<std::string> rest(words.empty() ? words.end() : words.begin() + 1, words.end());
  if (std::find(words.begin(), words.end(), "--help") != words.end()) {
    print_help(std::cout);
    return 0;
  }
  if (command == "run") return run_command(rest);
  if (command == "params") return params_command(rest);
  if (command == "swarm") return swarm_command(rest);
  if (command == "bench") return bench_command(rest);
  if (command == "help" || command == "--help" || command == "-h") {
    print_help(std::cout);
    return words.empty() ? kUsageError : 0;
  }
  throw pspnic::base::ConfigError("pspnic " + command,
                                  "unknown command; there are run, params, swarm, bench, help");
}

}  // namespace

int sc_main(int argc, char** argv) {
  try {
#if PSPNIC_HAS_RTL
    pspnic::psp::add_engine(pspnic::rtl::engine());
#endif
    const int status = dispatch(std::vector<std::string>(argv + 1, argv + argc));
    if (!std::cout.flush()) throw std::runtime_error("standard output: cannot be written");
    return status;
  } catch (const pspnic::base::ConfigError& error) {
    std::cerr << "pspnic: " << error.what() << "\n";
    return kUsageError;
  } catch (const options::error& error) {
    std::cerr << "pspnic: " << error.what() << "; see pspnic help\n";
    return kUsageError;
  } catch (const std::exception& error) {
    std::cerr << "pspnic: " << error.what() << "\n";
    return kFailure;
  }
}

// SystemC's own main() prints a banner; a program whose output others read must not.
int main(int argc, char** argv) {
  setenv("SC_COPYRIGHT_MESSAGE", "DISABLE", 0);
  return sc_core::sc_elab_and_sim(argc, argv);
}
