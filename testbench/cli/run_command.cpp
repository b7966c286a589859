// SPDX-License-Identifier: Apache-2.0
// pspnic run: a capture or a workload, to its end.
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "model/base/config_error.h"
#include "testbench/bench/run.h"
#include "testbench/cli/commands.h"
#include "testbench/report/files.h"
#include "testbench/report/page.h"

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
      ("out", options::value<std::string>(),
       "folder for report.json, captures, keys.log (the last two not with payload=lengths)")               //
      ("report", options::value<std::string>(), "file for what report.json would have, without the rest")  //
      ("html", options::value<std::string>(), "file for a page that people look at (docs/reports.md)")     //
      ("plots", options::value<std::string>(), "folder for the charts of that page as SVG and PNG")        //
      ("record", options::value<std::string>(),
       "file of all that crosses card A's border, for pspnic replay (docs/recording.md); it holds keys")  //
      ("record-b", options::value<std::string>(), "the same of card B")                                   //
      ("timeline", options::value<std::string>(),
       "file for a timeline of the first packets, which opens in https://ui.perfetto.dev")              //
      ("timeline-packets", options::value<uint64_t>()->default_value(200), "how many, each direction")  //
      ("trace", options::value<std::string>(),
       "folder for waveforms of the RTL, with nic.crypto.engine=rtl: card_1.fst, card_2.fst; they show keys");
  return description;
}

namespace {

// What is drawn from the run's report.json, which may have been written for that alone.
class Pages {
 public:
  Pages(const options::variables_map& map, bench::RunOptions& run)
      : html_(get<std::string>(map, "html")), plots_(get<std::string>(map, "plots")) {
    if (html_.empty() && !run.out.empty()) html_ = run.out + "/report.html";
    if (!html_.empty()) std::filesystem::remove(html_);  // an earlier run's must not stay beside a failed one
    const bool own = run.out.empty() && run.report.empty() && !(html_.empty() && plots_.empty());
    if (!own) return;
    scratch_ = std::filesystem::temp_directory_path() / fmt::format("pspnic_report_{}.json", getpid());
    run.report = scratch_.string();
  }
  ~Pages() {
    std::error_code ignored;
    if (!scratch_.empty()) std::filesystem::remove(scratch_, ignored);
  }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  void write(const bench::RunOptions& run) const {
    if (html_.empty() && plots_.empty()) return;
    const std::string source = run.out.empty() ? run.report : run.out + "/report.json";
    const std::vector<report::RunView> runs = report::read_runs({source});
    if (!html_.empty()) write_page(runs, html_);
    if (!html_.empty()) fmt::print(std::cout, "A page to look at: {}\n", html_);
    if (!plots_.empty()) fmt::print(std::cout, "{}\n", report::write_plots(report::all_plots(runs), plots_));
  }

 private:
  std::string html_;
  std::string plots_;
  std::filesystem::path scratch_;
};

}  // namespace

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
  for (const auto& [option, what] : {std::pair{"out", "folder"},
                                     {"report", "file"},
                                     {"trace", "folder"},
                                     {"record", "file"},
                                     {"record-b", "file"},
                                     {"html", "file"},
                                     {"timeline", "file"},
                                     {"plots", "folder"}}) {
    if (map.count(option) != 0 && map[option].as<std::string>().empty()) {
      throw base::ConfigError(std::string("--") + option, std::string("names no ") + what);
    }
  }
  run.protect = get<std::string>(map, "protect");
  run.out = get<std::string>(map, "out");
  run.report = get<std::string>(map, "report");
  run.record[0] = get<std::string>(map, "record");
  run.record[1] = get<std::string>(map, "record-b");
  run.trace = get<std::string>(map, "trace");
  run.timeline = get<std::string>(map, "timeline");
  run.timeline_packets = map["timeline-packets"].as<uint64_t>();
  const Pages pages(map, run);
  const int status = bench::run(run);
  pages.write(run);
  return status;
}

}  // namespace pspnic::cli
