// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/size.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <ostream>
#include <stdexcept>
#include <thread>

#include "model/base/config_error.h"
#include "testbench/size/answer.h"
#include "testbench/size/what_helps.h"
#include "testbench/sweep/files.h"
#include "testbench/sweep/folder.h"
#include "testbench/sweep/signals.h"

namespace pspnic::size {

namespace {

// On a terminal one line kept up to date, else a line for each thing that is looked for.
class ProgressLine {
 public:
  explicit ProgressLine(const Runs& runs) : runs_(runs), terminal_(isatty(STDERR_FILENO) == 1) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void tell(const std::string& what) {
    if (terminal_) {
      fmt::print(stderr, "\r\x1b[K{} runs; {}", runs_.order().size(), what);
      std::fflush(stderr);
      shown_ = true;
    } else if (what.substr(0, what.find(',')) != last_) {
      fmt::print(stderr, "{} runs; {}\n", runs_.order().size(), what);
      last_ = what.substr(0, what.find(','));
    }
  }
  void clear() {
    if (shown_) std::fputs("\r\x1b[K", stderr);
    shown_ = false;
  }

 private:
  const Runs& runs_;
  bool terminal_;
  bool shown_ = false;
  std::string last_;
};

Request request_to_resume(const SizeOptions& options) {
  const std::string path = options.out + "/" + kRequest;
  const auto text = sweep::read_if_there(path);
  if (!text) throw base::ConfigError("--resume", path + " does not exist; start without --resume");
  Request request = read_request(*text, path);
  if (!options.request || request_json(*options.request) == *text) return request;
  throw base::ConfigError("--resume", path +
                                          " was made for another goal, workload, space or setting; what it "
                                          "has need not be given again");
}

void remove_results(const std::string& out) {
  std::error_code error;
  for (const char* name : {kAnswer, kCard, kRunsCsv, kParetoCsv, kPage, "area_rate.svg", "area_p99.svg"}) {
    std::filesystem::remove(out + "/" + name, error);
  }
}

std::string write_files(const std::string& out, const Report& report) {
  std::string names;
  const auto write = [&](const std::string& name, const std::string& text) {
    sweep::write_whole(out + "/" + name, text);
    names += " " + name;
  };
  write(kAnswer, answer_json(report));
  if (report.sizing.answer) write(kCard, card_json(report));
  write(kRunsCsv, runs_csv(report));
  write(kParetoCsv, pareto_csv(report));
  for (const report::Plot& plot : pareto_plots(report)) {
    write(plot.name + ".svg", plot.draw(report::kWide).file_text());
  }
  write(kPage, page(report));
  return names;
}

int work(const SizeOptions& options, const Problem& problem, std::ostream& out) {
  sweep::Signals signals;
  Runs runs(problem, signals, options.out, options.jobs);
  Confirmation confirmation(problem.request, options.sizing.confirm, signals, options.out, options.jobs);
  ProgressLine line(runs);
  const Tell tell = [&](const std::string& what) { line.tell(what); };
  try {
    const Sizing sizing = find_sizing(problem, runs, confirmation, options.sizing, tell);
    Report report{problem, runs, confirmation, sizing, {}};
    if (!sizing.answer) {
      report.help =
          what_helps(problem, sizing.largest, runs.of(sizing.largest).measured, options.jobs, signals, tell);
    }
    line.clear();
    print_report(out, report);
    fmt::print(out, "Written to {}: {}{} points/\n", options.out, kRequest, write_files(options.out, report));
    return sizing.answer && !sizing.refuted() ? 0 : 1;
  } catch (const Interrupted&) {
    line.clear();
    fmt::print(stderr,
               "pspnic: interrupted: finished runs are kept; go on with: pspnic size --out {} --resume{}\n",
               options.out, options.sizing.brute_force ? " --brute-force" : "");
    return 1;
  }
}

}  // namespace

int size(const SizeOptions& asked, std::ostream& out) {
  SizeOptions options = asked;
  if (options.jobs == 0) options.jobs = std::max(1u, std::thread::hardware_concurrency());
  if (!options.resume) sweep::check_fresh(options.out, kRequest, "sizing");
  if (!options.resume && !options.request) throw base::ConfigError("pspnic size", "has nothing to do");
  const Problem problem = make_problem(options.resume ? request_to_resume(options) : *options.request);
  check_space(problem);
  const size_t grid = grid_size(problem.axes);
  if (options.sizing.brute_force && grid > sweep::kMaxPoints) {
    throw base::ConfigError("--brute-force", fmt::format("{} configurations are more than {}; fix some with "
                                                         "--set, or name fewer with --over and --only",
                                                         grid, sweep::kMaxPoints));
  }
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of file sizes is then an error with a name, as a full disk is
  const std::string text = request_json(problem.request);
  sweep::make_folder(options.out, kRequest, text);
  const sweep::FolderLock lock = options.resume ? sweep::FolderLock(options.out, kRequest)
                                                : sweep::FolderLock(options.out, kRequest, text);
  remove_results(options.out);
  print_problem(out, problem);
  out << std::flush;
  try {
    return work(options, problem, out);
  } catch (const std::runtime_error& error) {
    if (dynamic_cast<const base::ConfigError*>(&error) != nullptr) throw;
    throw std::runtime_error(fmt::format("{}; finished runs are kept, go on with --resume", error.what()));
  }
}

void print_space(const Request& request, std::ostream& out) {
  const Problem problem = make_problem(request);
  check_space(problem);
  print_problem(out, problem);
}

}  // namespace pspnic::size
