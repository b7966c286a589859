// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/sweep.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "model/base/config_error.h"
#include "testbench/sweep/configuration.h"
#include "testbench/sweep/files.h"
#include "testbench/sweep/folder.h"
#include "testbench/sweep/inputs.h"
#include "testbench/sweep/points.h"
#include "testbench/sweep/results.h"

namespace pspnic::sweep {

namespace {

namespace fs = std::filesystem;

constexpr const char* kCommand = "pspnic sweep";

void refuse_twice(const Points& points, const char* key, bool given) {
  if (!given || std::ranges::find(points.keys, key) == points.keys.end()) return;
  throw base::ConfigError(std::string("--") + key, std::string(key) + " varies, so this has no effect");
}

Plan with_inputs(Plan plan) {
  plan.files = read_inputs(Configuration(plan).files_named());
  return plan;
}

Plan plan_to_resume(const SweepOptions& options) {
  const std::string path = options.out + "/" + kPlan;
  const auto text = read_if_there(path);
  if (!text) throw base::ConfigError("--resume", path + " does not exist; start without --resume");
  Plan plan = read_plan(*text, path);
  load_inputs(options.out, plan);
  if (!options.plan) return plan;
  const std::string other = difference(plan, with_inputs(*options.plan));
  if (other.empty()) return plan;
  throw base::ConfigError("--resume", fmt::format("{} was made for something else: {}", path, other));
}

// A sweep that breaks off must not leave those of an earlier session.
void remove_results(const std::string& out) {
  std::error_code error;
  for (const char* name : {kResultsCsv, kResultsJson, kHost}) fs::remove(out + "/" + name, error);
}

double cpu_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string host_text(const SweepOptions& options, const Plan& plan, const PointCost& cost, double wall) {
  const double per_second = cost.cpu_seconds > 0 ? static_cast<double>(cost.packets) / cost.cpu_seconds : 0;
  const nlohmann::ordered_json json = {
      {"engine", options.slurm ? "slurm" : "local"},
      {"points", plan.size()},
      {"packets", cost.packets},
      {"cpu_seconds_of_points", cost.cpu_seconds},
      {"packets_per_cpu_second", per_second},
      {"this_session",
       {{"jobs", options.jobs},
        {"wall_seconds", wall},
        {"cpu_seconds", cpu_seconds(RUSAGE_SELF) + cpu_seconds(RUSAGE_CHILDREN)}}}};
  return json.dump(2) + "\n";
}

// True: all are well.
bool write_results(const SweepOptions& options, const Session& session, double wall, std::ostream& out) {
  const Plan& plan = session.plan();
  const std::vector<PointResult> results = collect(options.out, plan, session.failures());
  write_whole(options.out + "/" + kResultsCsv, results_csv(plan, results));
  write_results_json(options.out + "/" + kResultsJson, plan, results);
  write_whole(options.out + "/" + kHost, host_text(options, plan, sum_of_costs(options.out, plan), wall));
  std::string counts;
  for (const Status status : {Status::kOk, Status::kFailed, Status::kKilled, Status::kMissing}) {
    const auto count = std::ranges::count(results, status, &PointResult::status);
    if (count > 0) counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, status_name(status));
  }
  fmt::print(out, "{} points: {}\nWritten to {}: {} {} {} {} points/\n", plan.size(), counts, options.out,
             kResultsCsv, kResultsJson, kPlan, kHost);
  return std::ranges::all_of(results, [](const PointResult& one) { return one.status == Status::kOk; });
}

}  // namespace

Plan make_plan(const PlanRequest& request) {
  if (request.lists.empty() == request.points_file.empty()) {
    throw base::ConfigError("pspnic sweep", "needs one of --over KEY=V1,V2,... and --points FILE, not both");
  }
  Plan plan;
  plan.workload = request.workload;
  plan.packets = request.packets;
  plan.seed = request.seed.value_or(1);
  plan.settings = request.settings;
  for (const std::string& path : request.config_files) {
    plan.configs.push_back({fs::path(path).filename().string(), read_input(path, kCommand)});
  }
  plan.points = request.points_file.empty()
                    ? combine(request.lists)
                    : read_points(read_input(request.points_file, kCommand), request.points_file);
  complete_keys(plan.points);
  refuse_twice(plan.points, "workload", !request.workload.empty());
  refuse_twice(plan.points, "packets", request.packets.has_value());
  refuse_twice(plan.points, "seed", request.seed.has_value());
  return plan;
}

int sweep(const SweepOptions& asked, std::ostream& out) {
  SweepOptions options = asked;
  if (options.jobs == 0 && !options.slurm) options.jobs = std::max(1u, std::thread::hardware_concurrency());
  if (!options.resume) check_fresh(options.out, kPlan, "sweep");
  if (!options.resume && !options.plan) throw base::ConfigError("pspnic sweep", "has nothing to do");
  const Plan plan = options.resume ? plan_to_resume(options) : with_inputs(*options.plan);
  Configuration(plan).check_all(options.resume ? options.out : "");

  if (options.slurm) check_slurm();
  std::signal(SIGXFSZ, SIG_IGN);   // a limit of file sizes is then an error with a name, as a full disk is
  keep_inputs(options.out, plan);  // first, as who finds the plan works by it
  const std::string text = plan_json(plan);
  make_folder(options.out, kPlan, text);
  const FolderLock lock =
      options.resume ? FolderLock(options.out, kPlan) : FolderLock(options.out, kPlan, text);
  Session session(plan, options.out);
  remove_results(options.out);
  bool whole = false;
  {
    Signals signals;
    const std::vector<size_t> points = session.open_points();
    whole = options.slurm ? run_by_slurm(session, signals, options.slurm_options)
                          : run_locally(session, signals, points, options.jobs);
  }
  if (!whole) {
    session.progress().say(fmt::format(
        "pspnic: interrupted: {} of {} points are finished; go on with: pspnic sweep --out {} --resume",
        session.finished(), plan.size(), options.out));
    return 1;
  }
  session.progress().finish();
  try {
    return write_results(options, session, session.progress().seconds(), out) ? 0 : 1;
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{}; finished points are kept, go on with --resume", error.what()));
  }
}

}  // namespace pspnic::sweep
