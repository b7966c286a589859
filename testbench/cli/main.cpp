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
#include "testbench/cli/commands.h"

#if PSPNIC_HAS_RTL
#include "rtl/cosim/engine.h"
#endif

namespace {

using pspnic::cli::kFailure;
using pspnic::cli::kUsageError;
using pspnic::cli::Words;

struct Command {
  const char* name;
  int (*act)(const Words& words);
};
constexpr Command kCommands[] = {
    {"run", pspnic::cli::run_command},           {"params", pspnic::cli::params_command},
    {"swarm", pspnic::cli::swarm_command},       {"bench", pspnic::cli::bench_command},
    {"sweep", pspnic::cli::sweep_command},       {"explain", pspnic::cli::explain_command},
    {"size", pspnic::cli::size_command},         {"report", pspnic::cli::report_command},
    {"validate", pspnic::cli::validate_command}, {"vectors", pspnic::cli::vectors_command},
    {"replay", pspnic::cli::replay_command},     {"rules", pspnic::cli::rules_command}};

const char* const kUsage = R"(pspnic: two modelled PSP network cards on a bench, joined by a cable

  pspnic run (--pcap FILE | --workload NAME) [options]   run a capture or a workload and report
  pspnic params [PATTERN] [--config FILE] [--set KEY=VALUE] [--schema]
                                              print every parameter; with PATTERN those whose full name has it
  pspnic swarm --seed N [--kind any|gro] [--print]
                                              one run: configuration, traffic and faults from a seed
  pspnic bench [--engine NAME] [--json] [--packets N] [--rounds N]
                                                         what the simulation costs, beside bare cryptography
  pspnic explain --workload NAME [--config FILE] [--set KEY=VALUE] [--packets N] [--sensitivity] [--jobs N]
                                                         a run, or what changing each parameter would give
  pspnic sweep (--workload NAME) (--over KEY=V1,V2... | --points FILE) --out DIR [options]
                                                         many runs: docs/sweep.md
  pspnic size --target RATE --workload NAME [--p99 TIME] --out DIR [options]
                                              the smallest card that meets a goal: docs/sizing.md
  pspnic validate [TARGET...] [--json] [--jobs N]        the model beside published curves and theory
  pspnic vectors [--engine NAME] [--through library|device|rtl] [--junit FILE] (FILE | DIR)...
                                              test vectors, ours and others': docs/vectors.md
  pspnic replay FILE [--config FILE] [--set KEY=VALUE] [--ignore times]
                                              a recorded card without its driver: what it does otherwise
  pspnic report (DIR | report.json)... [-o FILE.html] [--plots DIR]
                                                         a page that people look at; docs/reports.md
  pspnic rules [PATTERN] [--markdown]         what a driver has to keep: docs/driver_rules.md
  pspnic help

)";

const char* const kFiles = R"(
Files of run written with --out; without it there is none but that of --report
  report.json              resolved configuration, seed, summary, every statistic with unit
  report.html              the same for people: opens in a browser, needs nothing else
  wire.pcap                what crossed the cable; stamps count from power-on, bring-up included
  host_a.pcap host_b.pcap  what each host received
  captured_a.pcap captured_b.pcap  with host.psp_capture or host.psp_sample: PSP packets that came up as
                           they were on the wire
  keys.log                 "SPI VERSION KEY", one session key a line
  host.json                the crypto engine, CPU time of this machine, writing the files included
Files of these names from an earlier run are replaced or removed.

Exit status: 0 all well, 1 the run found a fault or a file failed, 2 wrong usage or configuration
)";

void print_help(std::ostream& out) {
  out << kUsage << pspnic::cli::run_description() << "\n"
      << pspnic::cli::replay_description() << "\n"
      << pspnic::cli::sweep_description() << "\n"
      << pspnic::cli::size_description() << kFiles << "\nWorkloads\n";
  for (const auto& preset : pspnic::bench::presets())
    fmt::print(out, "  {:<10} {}\n", preset.name, preset.meaning);
}

int dispatch(const Words& words) {
  const std::string name = words.empty() ? "help" : words.front();
  if (name == "help" || name == "-h" || std::find(words.begin(), words.end(), "--help") != words.end()) {
    print_help(std::cout);
    return words.empty() ? kUsageError : 0;
  }
  std::string names;
  for (const Command& command : kCommands) {
    if (name == command.name) return command.act(Words(words.begin() + 1, words.end()));
    names += std::string(command.name) + ", ";
  }
  throw pspnic::base::ConfigError("pspnic " + name, "unknown command; there are " + names + "help");
}

}  // namespace

int sc_main(int argc, char** argv) {
  try {
#if PSPNIC_HAS_RTL
    pspnic::psp::add_engine(pspnic::rtl::engine());
#endif
    const int status = dispatch(Words(argv + 1, argv + argc));
    if (!std::cout.flush()) throw std::runtime_error("standard output: cannot be written");
    return status;
  } catch (const pspnic::base::ConfigError& error) {
    std::cerr << "pspnic: " << error.what() << "\n";
    return kUsageError;
  } catch (const pspnic::cli::options::error& error) {
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
