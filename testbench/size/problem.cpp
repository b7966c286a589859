// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/problem.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "model/base/config_error.h"
#include "model/base/units.h"
#include "testbench/sweep/configuration.h"

namespace pspnic::size {

namespace {

using Kind = bench::Preset::Kind;
using ArrivalKind = traffic::ArrivalParams::Kind;
using RateOf = traffic::ArrivalParams::RateOf;

constexpr size_t kCheckedOneByOne = 2000;

// What the user has said of parameters, beside the workload's preset.
class Given {
 public:
  explicit Given(const Request& request) {
    bench::Parameters preset;
    bench::apply_preset(preset, request.workload);
    const std::vector<base::ParamInfo> before = preset.tree.list();
    for (const sweep::ConfigFile& file : request.configs) preset.tree.load_text(file.text, file.name);
    const std::vector<base::ParamInfo> after = preset.tree.list();
    for (size_t i = 0; i < before.size(); ++i) {
      if (before[i].value_text != after[i].value_text) names_.insert(before[i].name);
    }
    for (const std::string& setting : request.settings) {
      const size_t equals = setting.find('=');
      if (equals == std::string::npos) {
        throw base::ConfigError("--set " + setting, "has no value; write KEY=VALUE");
      }
      set_.insert(preset.tree.full_name(std::string_view(setting).substr(0, equals)));
    }
    names_.insert(set_.begin(), set_.end());
  }
  bool has(const std::string& name) const { return names_.contains(name); }
  // With --set: they are fixed. A configuration file is where a search starts from.
  const std::set<std::string>& set() const { return set_; }

 private:
  std::set<std::string> names_;
  std::set<std::string> set_;
};

Kind kind_of(const Request& request) {
  const Kind kind = bench::find_preset(request.workload).kind;
  if (kind == Kind::kChurn) {
    throw base::ConfigError("--workload " + request.workload,
                            "is about connections a second, not about a rate of packets; others are");
  }
  return kind;
}

std::vector<bench::Side> sides_of(Kind kind, const bench::Parameters& parameters) {
  const auto both = [](bool both_ways) {
    return both_ways ? std::vector{bench::kA, bench::kB} : std::vector{bench::kA};
  };
  if (kind == Kind::kStream) return both(parameters.stream.both_ways);
  if (kind == Kind::kTcp) return both(parameters.tcp.both_ways);
  if (kind == Kind::kMix) return {bench::kA};
  const bench::TrafficParams& traffic = parameters.traffic;
  if (traffic.rpc.outstanding > 0) return {bench::kB};
  std::vector<bench::Side> sides;
  if (traffic.a.arrivals.kind != ArrivalKind::kNone) sides.push_back(bench::kA);
  if (traffic.b.arrivals.kind != ArrivalKind::kNone) sides.push_back(bench::kB);
  return sides;
}

std::string rate_setting(const Goal& goal, const std::string& group) {
  const auto whole = static_cast<uint64_t>(std::llround(goal.rate));
  if (goal.of == Goal::Of::kPackets) return fmt::format("{}.packet_rate={}", group, whole);
  return fmt::format("{}.rate={}", group, base::to_string(base::Bandwidth{whole}));
}

// The user's own rate must allow what is asked for.
void check_rate(const Goal& goal, const std::string& group, const traffic::ArrivalParams& arrivals) {
  if (!arrivals.open_loop() || arrivals.kind == ArrivalKind::kOnOff) return;
  const bool packets = arrivals.packet_rate > 0;
  const bool same = goal.of == Goal::Of::kPackets ? packets
                    : goal.of == Goal::Of::kWire  ? !packets && arrivals.rate_of == RateOf::kWire
                                                  : !packets && arrivals.rate_of == RateOf::kPayload;
  const double offered =
      packets ? static_cast<double>(arrivals.packet_rate) : static_cast<double>(arrivals.rate.bps);
  if (!same || offered >= goal.rate * (1 - goal.tolerance)) return;
  throw base::ConfigError(group + (packets ? ".packet_rate" : ".rate"),
                          fmt::format("{} are offered, --target is {}: no card can reach it",
                                      rate_text(goal.of, offered), rate_text(goal.of, goal.rate)));
}

// Settings that make a host of the workload traffic offer what is asked for.
void offer(Problem& problem, const Given& given, const char* side, const traffic::ArrivalParams& arrivals) {
  const Goal& goal = problem.request.goal;
  const std::string group = fmt::format("traffic.{}.arrivals", side);
  if (arrivals.kind == ArrivalKind::kNone) return;
  for (const char* own : {".rate", ".rate_of", ".packet_rate"}) {
    if (given.has(group + own)) return check_rate(goal, group, arrivals);
  }
  std::vector<std::string> settings;
  if (!given.has(group + ".kind")) settings.push_back(group + ".kind=paced");
  if (given.has(group + ".kind") && !arrivals.open_loop()) return;
  settings.push_back(rate_setting(goal, group));
  if (goal.of == Goal::Of::kGoodput) settings.push_back(group + ".rate_of=payload");
  problem.notes.push_back(fmt::format("offered as --target says: {}", fmt::join(settings, " ")));
  problem.plan.settings.insert(problem.plan.settings.end(), settings.begin(), settings.end());
}

void load(const sweep::Plan& plan, bench::Parameters& parameters) {
  bench::apply_preset(parameters, plan.workload);
  for (const sweep::ConfigFile& file : plan.configs) parameters.tree.load_text(file.text, file.name);
  for (const std::string& setting : plan.settings) parameters.tree.set_assignment(setting);
}

// Of one value at a time, the others the first or the last.
std::vector<GridPoint> edges_of(const std::vector<Axis>& axes) {
  GridPoint low(axes.size(), 0), high;
  for (const Axis& axis : axes) high.push_back(static_cast<uint16_t>(axis.size() - 1));
  std::vector<GridPoint> points;
  for (size_t i = 0; i < axes.size(); ++i) {
    for (GridPoint point : {low, high}) {
      for (size_t step = 0; step < axes[i].size(); ++step) {
        point[i] = static_cast<uint16_t>(step);
        points.push_back(point);
      }
    }
  }
  return points;
}

std::vector<GridPoint> all_of(const std::vector<Axis>& axes) {
  std::vector<GridPoint> points{{}};
  for (const Axis& axis : axes) {
    std::vector<GridPoint> longer;
    for (const GridPoint& point : points) {
      for (size_t step = 0; step < axis.size(); ++step) {
        longer.push_back(point);
        longer.back().push_back(static_cast<uint16_t>(step));
      }
    }
    points = std::move(longer);
  }
  return points;
}

double number_of(const std::vector<sweep::Headline>& headlines, const std::string& name) {
  const auto found = std::ranges::find(headlines, name, &sweep::Headline::name);
  if (found == headlines.end() || found->json == "null") return 0;
  return std::strtod(found->json.c_str(), nullptr);
}

}  // namespace

Problem make_problem(const Request& request) {
  Problem problem;
  problem.request = request;
  const Kind kind = kind_of(request);
  if (request.goal.p99 && (kind == Kind::kStream || kind == Kind::kTcp)) {
    throw base::ConfigError("--p99",
                            "a stream's packets wait in whatever has room for them: more of a card makes "
                            "them later; take traffic that has a rate, as with --workload traffic");
  }
  const Given given(request);
  sweep::Plan& plan = problem.plan;
  plan.workload = request.workload;
  plan.seed = request.seed;
  plan.configs = request.configs;
  plan.settings = request.settings;
  plan.packets = request.packets;
  if (!plan.packets && (kind == Kind::kStream || kind == Kind::kTraffic)) plan.packets = kDefaultPackets;
  if (!given.has("payload")) plan.settings.emplace_back("payload=lengths");

  auto parameters = std::make_unique<bench::Parameters>();
  load(plan, *parameters);
  if (kind == Kind::kTraffic && parameters->traffic.rpc.outstanding == 0) {
    offer(problem, given, "a", parameters->traffic.a.arrivals);
    offer(problem, given, "b", parameters->traffic.b.arrivals);
    load(plan, *parameters);
  }
  problem.sides = sides_of(kind, *parameters);
  const Goal& goal = request.goal;
  const double wire_bps =
      goal.of == Goal::Of::kPackets ? static_cast<double>(parameters->platform.nic.mac.speed.bps) : goal.rate;
  problem.axes = make_space({request.lists, request.only, given.set(), wire_bps}, *parameters);
  plan.points.keys = keys_of(problem.axes);
  problem.parameters = std::move(parameters);
  return problem;
}

void check_space(const Problem& problem) {
  sweep::Plan plan = problem.plan;
  const bool small = grid_size(problem.axes) <= kCheckedOneByOne;
  for (const GridPoint& point : small ? all_of(problem.axes) : edges_of(problem.axes)) {
    plan.points.values.push_back(values_of(problem.axes, point));
  }
  sweep::Configuration(plan).check_all();
  SpaceCost(problem.axes, *problem.parameters, problem.request.gates_per_bit).check_order();
}

Measured measured_of(const std::vector<sweep::Headline>& headlines, const Problem& problem) {
  const Goal::Of of = problem.request.goal.of;
  const char* const what = of == Goal::Of::kWire      ? ".steady_wire_bps"
                           : of == Goal::Of::kGoodput ? ".steady_goodput_bps"
                                                      : ".steady_packets_per_second";
  Measured measured{.drops = static_cast<uint64_t>(number_of(headlines, "drops"))};
  for (const bench::Side side : problem.sides) {
    const std::string direction = side == bench::kA ? "a_to_b" : "b_to_a";
    const double rate = number_of(headlines, direction + what);
    measured.rate = side == problem.sides.front() ? rate : std::min(measured.rate, rate);
    measured.p99 = std::max(measured.p99, number_of(headlines, direction + ".latency_p99_ps"));
  }
  return measured;
}

}  // namespace pspnic::size
