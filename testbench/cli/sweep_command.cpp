// SPDX-License-Identifier: Apache-2.0
// pspnic sweep: many runs.
#include <algorithm>
#include <boost/program_options/parsers.hpp>
#include <iostream>

#include "model/base/config_error.h"
#include "testbench/cli/commands.h"
#include "testbench/sweep/slurm.h"
#include "testbench/sweep/sweep.h"

namespace pspnic::cli {

namespace {

using Texts = std::vector<std::string>;

options::options_description plan_description() {
  options::options_description description;
  description.add_options()                                                                    //
      ("workload", options::value<std::string>(), "traffic of every point")                    //
      ("config", options::value<Texts>()->composing(), "JSON file of parameters; repeatable")  //
      ("set", options::value<Texts>()->composing(), "KEY=VALUE; repeatable")                   //
      ("over", options::value<Texts>()->composing(),
       "KEY=V1,V2,... or KEY=[\"V1\",...]; KEY is a parameter, workload, packets or seed; repeated, each "
       "value with each; KEY1,KEY2=A:B,C:D vary together")  //
      ("points", options::value<std::string>(),
       "instead of --over: CSV file whose header names the keys, or JSON list of objects")  //
      ("packets", options::value<uint64_t>(), "of a workload, each direction (100000)")     //
      ("seed", options::value<uint64_t>(), "of everything random (1)");
  return description;
}

// --points-per-task, --task: what a task of a job array is called with.
options::options_description all_options() {
  options::options_description description = sweep_description();
  description.add_options()("task", options::value<uint64_t>(), "");
  return description;
}

sweep::SlurmOptions slurm_options(const options::variables_map& map) {
  sweep::SlurmOptions slurm;
  slurm.points_per_task = get<uint64_t>(map, "points-per-task");
  if (map.count("points-per-task") != 0 && slurm.points_per_task == 0) {
    throw base::ConfigError("--points-per-task", "starts at 1");
  }
  slurm.tasks = get<unsigned>(map, "jobs");
  slurm.retries = get<unsigned>(map, "retries", slurm.retries);
  slurm.arguments = options::split_unix(get<std::string>(map, "slurm-args"));
  return slurm;
}

void refuse_without_slurm(const options::variables_map& map) {
  for (const char* option : {"points-per-task", "retries", "slurm-args"}) {
    if (map.count(option) != 0) {
      throw base::ConfigError(std::string("--") + option, "is for --engine slurm alone");
    }
  }
}

bool asks_for_plan(const options::variables_map& map) {
  const options::options_description description = plan_description();
  return std::ranges::any_of(description.options(),
                             [&](const auto& option) { return map.count(option->long_name()) != 0; });
}

sweep::Plan plan_of(const options::variables_map& map) {
  sweep::PlanRequest request;
  request.workload = get<std::string>(map, "workload");
  if (map.count("packets") != 0) request.packets = map["packets"].as<uint64_t>();
  if (map.count("seed") != 0) request.seed = map["seed"].as<uint64_t>();
  request.config_files = get<Texts>(map, "config");
  request.settings = get<Texts>(map, "set");
  request.lists = get<Texts>(map, "over");
  request.points_file = get<std::string>(map, "points");
  return sweep::make_plan(request);
}

}  // namespace

options::options_description sweep_description() {
  options::options_description description("Options of sweep");
  description.add(plan_description());
  description.add_options()                                                                               //
      ("out", options::value<std::string>(), "folder of the results")                                     //
      ("resume", "go on with what --out has: points that are missing or failed")                          //
      ("jobs", options::value<unsigned>(), "points at a time (one a core); with Slurm tasks at a time")   //
      ("engine", options::value<std::string>()->default_value("local"), "local, or slurm: a job array")   //
      ("points-per-task", options::value<uint64_t>(), "with Slurm (so many that 1000 tasks are enough)")  //
      ("retries", options::value<unsigned>(),
       "with Slurm: how often points are submitted again whose process was "
       "killed (2)")  //
      ("slurm-args", options::value<std::string>(), "further arguments of sbatch, in one word");
  return description;
}

int sweep_command(const Words& words) {
  const options::variables_map map = parse(words, all_options());
  sweep::SweepOptions sweep;
  sweep.out = get<std::string>(map, "out");
  if (sweep.out.empty())
    throw base::ConfigError("pspnic sweep", "needs --out DIR, the folder of its results");
  if (map.count("task") != 0) {
    return sweep::run_task(sweep.out, map["task"].as<uint64_t>(), slurm_options(map).points_per_task);
  }
  const auto engine = map["engine"].as<std::string>();
  if (engine != "local" && engine != "slurm") {
    throw base::ConfigError("--engine " + engine, "is unknown; there are local, slurm");
  }
  sweep.slurm = engine == "slurm";
  if (!sweep.slurm) refuse_without_slurm(map);
  sweep.slurm_options = slurm_options(map);
  sweep.resume = map.count("resume") != 0;
  if (map.count("jobs") != 0 && map["jobs"].as<unsigned>() == 0) {
    throw base::ConfigError("--jobs", "starts at 1");
  }
  sweep.jobs = get<unsigned>(map, "jobs");
  if (!sweep.resume || asks_for_plan(map)) sweep.plan = plan_of(map);
  return sweep::sweep(sweep, std::cout);
}

}  // namespace pspnic::cli
