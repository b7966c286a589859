// SPDX-License-Identifier: Apache-2.0
// pspnic size: the smallest card that meets a goal.
#include <fmt/format.h>

#include <iostream>

#include "model/base/config_error.h"
#include "model/base/units.h"
#include "testbench/cli/commands.h"
#include "testbench/size/answer.h"
#include "testbench/size/size.h"
#include "testbench/sweep/folder.h"

namespace pspnic::cli {

namespace {

constexpr const char* kCommand = "pspnic size";

options::options_description request_description() {
  options::options_description description("Options of size");
  description.add_options()  //
      ("target", options::value<std::string>(),
       "the rate that shall be reached: bits a second (400Gbps) or packets a second (30Mpps)")  //
      ("of", options::value<std::string>(),
       "which bits: wire (all that occupies the cable, the default) or goodput (L4 payload)")           //
      ("p99", options::value<std::string>(), "the p99 latency that shall not be exceeded: 10us")        //
      ("tolerance", options::value<double>(), "per cent of the rate that may be missing, 0..50 (0.5)")  //
      ("drops", options::value<uint64_t>(), "packets that may be dropped in a run (0)")                 //
      ("workload", options::value<std::string>(), "traffic of every run")                               //
      ("config", options::value<Words>()->composing(), "JSON file of parameters; repeatable")           //
      ("set", options::value<Words>()->composing(), "KEY=VALUE; repeatable; it does not vary then")     //
      ("over", options::value<Words>()->composing(),
       "KEY=V1,V2,...: values of a parameter, the cheapest first; in place of those it has by default, or "
       "as one more")                                                                 //
      ("only", "vary nothing but what --over names")                                  //
      ("packets", options::value<uint64_t>(), "of each run, each direction (30000)")  //
      ("seed", options::value<uint64_t>(), "of everything random (1)")                //
      ("minimise", options::value<std::string>(), "what shall be small: area")        //
      ("bit-gates", options::value<double>(), "gate equivalents of a bit of memory, 0..100 (1.5)");
  return description;
}

double number(const options::variables_map& map, const char* name, double least, double most,
              double otherwise) {
  const double value = get<double>(map, name, otherwise);
  if (value >= least && value <= most) return value;
  throw base::ConfigError(fmt::format("--{} {}", name, value), fmt::format("is not in {}..{}", least, most));
}

base::Time p99_of(const std::string& text) {
  try {
    return base::parse_quantity<base::Duration>(text).ps;
  } catch (const base::ConfigError& error) {
    throw base::ConfigError("--p99", error.what());
  }
}

size::Goal goal_of(const options::variables_map& map) {
  const auto target = get<std::string>(map, "target");
  if (target.empty()) throw base::ConfigError(kCommand, "needs --target RATE: 400Gbps, or 30Mpps");
  size::Goal goal = size::parse_target(target);
  if (map.count("of") != 0) {
    const size::Goal::Of of = size::parse_of(map["of"].as<std::string>());
    if (goal.of == size::Goal::Of::kPackets)
      throw base::ConfigError("--of", "is of bits a second; --target counts packets");
    goal.of = of;
  }
  if (map.count("p99") != 0) goal.p99 = p99_of(map["p99"].as<std::string>());
  goal.tolerance = number(map, "tolerance", 0, 50, 100 * goal.tolerance) / 100;
  goal.drops = get<uint64_t>(map, "drops");
  return goal;
}

bool asks(const options::variables_map& map) {
  const options::options_description description = request_description();
  for (const auto& option : description.options()) {
    if (map.count(option->long_name()) != 0) return true;
  }
  return false;
}

size::Request request_of(const options::variables_map& map) {
  size::Request request;
  request.goal = goal_of(map);
  request.workload = get<std::string>(map, "workload");
  if (request.workload.empty()) throw base::ConfigError(kCommand, "needs --workload NAME");
  if (const auto what = get<std::string>(map, "minimise", "area"); what != "area")
    throw base::ConfigError("--minimise " + what, "is unknown; there is area");
  if (map.count("packets") != 0) request.packets = map["packets"].as<uint64_t>();
  request.seed = get<uint64_t>(map, "seed", 1);
  for (const std::string& path : get<Words>(map, "config")) {
    request.configs.push_back({path.substr(path.rfind('/') + 1), sweep::read_input(path, kCommand)});
  }
  request.settings = get<Words>(map, "set");
  request.lists = get<Words>(map, "over");
  request.only = map.count("only") != 0;
  request.gates_per_bit = number(map, "bit-gates", 0, 100, request.gates_per_bit);
  return request;
}

}  // namespace

options::options_description size_description() {
  options::options_description description = request_description();
  description.add_options()                                                            //
      ("space", "print goal and space, run nothing")                                   //
      ("out", options::value<std::string>(), "folder of the results")                  //
      ("resume", "go on with what --out has; finished runs stay")                      //
      ("brute-force", "run every configuration of the space, and compare the answer")  //
      ("pareto", options::value<unsigned>(),
       "rates below the target, and latencies, of which the cheapest is "
       "looked for as well, 0..20 (3)")  //
      ("confirm", options::value<unsigned>(),
       "runs of the answer with other seeds and twice as many packets, in which it must meet the goal as "
       "well, 0..20 (2)")  //
      ("jobs", options::value<unsigned>(), "runs at a time (one a core)");
  return description;
}

int size_command(const Words& words) {
  const options::variables_map map = parse(words, size_description());
  if (map.count("space") != 0) {
    size::print_space(request_of(map), std::cout);
    return 0;
  }
  size::SizeOptions size;
  size.out = get<std::string>(map, "out");
  if (size.out.empty()) throw base::ConfigError(kCommand, "needs --out DIR, the folder of its results");
  if (map.count("jobs") != 0 && map["jobs"].as<unsigned>() == 0)
    throw base::ConfigError("--jobs", "starts at 1");
  size.jobs = get<unsigned>(map, "jobs");
  size.resume = map.count("resume") != 0;
  size.sizing.brute_force = map.count("brute-force") != 0;
  size.sizing.levels = get<unsigned>(map, "pareto", size.sizing.levels);
  if (size.sizing.levels > 20) throw base::ConfigError("--pareto", "is not in 0..20");
  size.sizing.confirm = get<unsigned>(map, "confirm", size.sizing.confirm);
  if (size.sizing.confirm > 20) throw base::ConfigError("--confirm", "is not in 0..20");
  if (!size.resume || asks(map)) size.request = request_of(map);
  return size::size(size, std::cout);
}

}  // namespace pspnic::cli
