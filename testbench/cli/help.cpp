// SPDX-License-Identifier: Apache-2.0
#include "testbench/cli/help.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <iterator>
#include <ostream>

#include "testbench/bench/parameters.h"

namespace pspnic::cli {

namespace {

constexpr Command kCommands[] = {
    {"run", "(--pcap FILE | --workload NAME) [options]", "run a capture or a workload and report",
     run_command, run_description},
    {"params", "[PATTERN] [--config FILE] [--set KEY=VALUE] [--schema]",
     "print every parameter; with PATTERN those whose full name has it", params_command, params_description},
    {"explain",
     "--workload NAME [--config FILE] [--set KEY=VALUE] [--packets N] [--seed N] [--sensitivity] [--jobs N]",
     "a run, or what changing each parameter would give: docs/explain.md", explain_command,
     explain_description},
    {"sweep", "(--workload NAME) (--over KEY=V1,V2... | --points FILE) --out DIR [options]",
     "many runs: docs/sweep.md", sweep_command, sweep_description},
    {"size", "--target RATE --workload NAME [--p99 TIME] --out DIR [options]",
     "the smallest card that meets a goal: docs/sizing.md", size_command, size_description},
    {"report", "(DIR | report.json)... [-o FILE.html] [--plots DIR]",
     "a page that people look at: docs/reports.md", report_command, report_description},
    {"validate", "[TARGET...] [--json] [--jobs N]",
     "the model beside published curves and theory: docs/validation.md", validate_command,
     validate_description},
    {"vectors", "[--engine NAME] [--through library|device|rtl] [--junit FILE] (FILE | DIR)...",
     "test vectors, ours and others': docs/vectors.md", vectors_command, vectors_description},
    {"rules", "[PATTERN] [--markdown]", "what a driver has to keep: docs/driver_rules.md", rules_command,
     rules_description},
    {"replay", "FILE [--config FILE] [--set KEY=VALUE] [--ignore times] [--show N]",
     "a recorded card without its driver, and what it does otherwise: docs/recording.md", replay_command,
     replay_description},
    {"swarm", "--seed N [--kind any|gro] [--print]", "one run: configuration, traffic and faults from a seed",
     swarm_command, swarm_description},
    {"bench", "[--engine NAME] [--json] [--packets N] [--rounds N]",
     "what the simulation costs, beside bare cryptography", bench_command, bench_description},
};

constexpr const char* kFiles = R"(
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
)";

constexpr const char* kStatus =
    "\nExit status: 0 all well, 1 the run found a fault or a file failed, 2 wrong usage or configuration\n";

constexpr const char* kReplayStatus =
    "\nExit status: 0 no difference, 1 a difference, a driver's fault with nic.sanitizer.mode=strict, or a "
    "file\n"
    "that is no recording, 2 wrong usage or parameters, or a file that cannot be opened\n";

void print_workloads(std::ostream& out) {
  out << "\nWorkloads\n";
  for (const auto& preset : bench::presets()) fmt::print(out, "  {:<10} {}\n", preset.name, preset.meaning);
}

}  // namespace

std::span<const Command> commands() {
  return kCommands;
}

const Command* find_command(const std::string& name) {
  const auto* const found =
      std::ranges::find_if(kCommands, [&](const Command& command) { return name == command.name; });
  return found == std::end(kCommands) ? nullptr : found;
}

void print_help(std::ostream& out) {
  out << "pspnic: two modelled PSP network cards on a bench, joined by a cable\n\n";
  for (const Command& command : kCommands)
    fmt::print(out, "  pspnic {} {}\n      {}\n", command.name, command.synopsis, command.meaning);
  out << "  pspnic help [COMMAND]\n      this; of one command, all its options\n"
         "  pspnic --version\n\n"
      << run_description() << kStatus;
  print_workloads(out);
}

void print_help(std::ostream& out, const Command& command) {
  fmt::print(out, "pspnic {} {}\n    {}\n", command.name, command.synopsis, command.meaning);
  out << "\n" << command.options();
  if (std::string(command.name) == "run") {
    out << kFiles;
    print_workloads(out);
  }
  out << (std::string(command.name) == "replay" ? kReplayStatus : kStatus);
}

}  // namespace pspnic::cli
