// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/answer.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <set>

#include "model/nic/area.h"

namespace pspnic::size {

namespace {

// Places of the parts that differ between the first and the last value of an axis.
std::set<size_t> parts_of(SpaceCost& cost, const Axis& axis, size_t number, GridPoint point) {
  point[number] = 0;
  const nic::CardArea low = cost.area(point);
  point[number] = static_cast<uint16_t>(axis.size() - 1);
  const nic::CardArea high = cost.area(point);
  std::set<size_t> places;
  for (size_t i = 0; i < low.parts.size() && i < high.parts.size(); ++i) {
    if (low.parts[i].area() != high.parts[i].area()) places.insert(i);
  }
  return places;
}

std::string with_units(const Report& report, const GridPoint& point) {
  const Measured& run = report.measured(point);
  return fmt::format("{}, p99 {}, {}", rate_text(report.goal().of, run.rate), us_text(run.p99),
                     drops_text(run.drops));
}

void print_areas(std::ostream& out, const Report& report, const GridPoint& answer) {
  const double whole = report.area(answer);
  fmt::print(out, "\nAnswer: {} a card (gate equivalents of NAND2: crypto logic, and memory at {:g} a bit)\n",
             area_text(whole), report.problem.request.gates_per_bit);
  for (const AreaRow& row : area_rows(report.problem, answer)) {
    fmt::print(out, "  {:<36}{:>14}{:>14}{:>8.1f} %{}\n", row.name, row.value, area_text(row.area),
               whole > 0 ? 100 * row.area / whole : 0, row.least ? "  the least there is" : "");
  }
  for (const auto& [name, area] : capacity_rows(report.problem, answer)) {
    fmt::print(out, "  Beside it {}: {}\n", name, area_text(area));
  }
  fmt::print(out, "Reaches {}\n", with_units(report, answer));
  if (const std::string limit = report.runs.limit_of(answer); !limit.empty())
    fmt::print(out, "  {}\n", limit);
  const std::vector<Confirming> again = report.confirmation.of(answer);
  for (const Confirming& each : again) {
    fmt::print(out, "  {} with seed {}: {}, p99 {}, {}\n", each.seed == again.front().seed ? "Again" : "and",
               each.seed, rate_text(report.goal().of, each.measured.rate), us_text(each.measured.p99),
               drops_text(each.measured.drops));
  }
}

void print_proof(std::ostream& out, const Report& report, const GridPoint& answer) {
  const Sizing& sizing = report.sizing;
  if (!sizing.proof.empty()) {
    fmt::print(out, "\nOne step less, the rest as in the answer\n  {:<36}{:>14}{:>14}{:>12}{:>8}  {}\n",
               "parameter", "with", "reaches", "p99", "drops", "misses");
  }
  for (const Neighbour& each : sizing.proof) {
    const Axis& axis = report.problem.axes[each.axis];
    const Measured& run = report.measured(each.point);
    fmt::print(out, "  {:<36}{:>14}{:>14}{:>12}{:>8}  {}\n", axis.name(), axis.text(each.point[each.axis]),
               rate_text(report.goal().of, run.rate), us_text(run.p99), run.drops, report.miss(each.point));
    if (const std::string limit = report.runs.limit_of(each.point); !limit.empty())
      fmt::print(out, "      {}\n", limit);
  }
  if (sizing.just_below) {
    fmt::print(out, "Just below: {}, {:.2f} % less area, {}: {}\n",
               area_text(report.area(*sizing.just_below)),
               100 * (1 - report.area(*sizing.just_below) / report.area(answer)),
               report.miss(*sizing.just_below), describe(report.problem.axes, *sizing.just_below));
  }
}

std::string refuted(const Report& report, const GridPoint& point) {
  const std::string why = report.confirmation.refutation(point);
  return why.empty() ? "" : "  " + why;
}

void print_fronts(std::ostream& out, const Report& report) {
  const auto rows = [&](const char* title, const std::vector<GridPoint>& points) {
    if (points.empty()) return;
    fmt::print(out, "\n{}\n", title);
    for (const GridPoint& point : points) {
      const Measured& run = report.measured(point);
      fmt::print(out, "  {:>12}{:>14}{:>12}{:>8} drops{}\n", area_text(report.area(point)),
                 rate_text(report.goal().of, run.rate), us_text(run.p99), run.drops,
                 point == report.sizing.answer ? "  <- the answer" : refuted(report, point));
    }
  };
  rows("Area against rate: what none with less area reaches", report.sizing.rate_front);
  rows("Area against p99 latency, of those that reach the rate", report.sizing.latency_front);
  if (report.sizing.fronts_cut_short) {
    fmt::print(
        out, "There may be more: the grid is too large to look for all lower rates and better latencies.\n");
  }
}

void print_impossible(std::ostream& out, const Report& report) {
  const GridPoint& largest = report.sizing.largest;
  fmt::print(out, "\nImpossible in this space: not even its largest configuration meets the goal\n  {}\n",
             describe(report.problem.axes, largest));
  fmt::print(out, "  reaches {}: {}\n", with_units(report, largest), report.miss(largest));
  fmt::print(out, "  {}\n", report.runs.limit_of(largest));
  if (report.help.empty()) {
    fmt::print(out, "No parameter outside of the space helps alone, at half or at twice its value.\n");
    return;
  }
  fmt::print(out, "What helps alone, outside of the space (give it with --set, or vary it with --over)\n");
  for (const Help& help : report.help) {
    fmt::print(out, "  {:<36}{:>14} -> {:<14}{:>14}{:>12}{:>8} drops  {}\n", help.name, help.from, help.to,
               rate_text(report.goal().of, help.measured.rate), us_text(help.measured.p99),
               help.measured.drops, meets(report.goal(), help.measured) ? "meets the goal" : "");
  }
}

void print_trust(std::ostream& out, const Report& report) {
  const Sizing& sizing = report.sizing;
  const size_t grid = grid_size(report.problem.axes);
  const size_t runs = report.runs.order().size();
  fmt::print(out, "\n{} {} of {} configurations", runs, runs == 1 ? "run" : "runs", grid);
  if (!sizing.brute_force) {
    fmt::print(out, "; that more of anything is never worse is assumed (--brute-force checks it)\n");
  } else if (!sizing.refuted()) {
    fmt::print(out, ": all of them, and none that meets the goal is smaller\n");
  } else {
    fmt::print(out, ": all of them. NOT THE SAME: the smallest that meets the goal is {}{}\n",
               sizing.cheapest_of_all ? describe(report.problem.axes, *sizing.cheapest_of_all) : "none",
               sizing.cheapest_of_all ? ", " + area_text(report.area(*sizing.cheapest_of_all)) : "");
  }
  if (sizing.contradiction) {
    fmt::print(out,
               "More is worse here, so that a smaller one may have been missed (--brute-force finds it):\n"
               "  {} meets the goal,\n  {} does not ({})\n",
               describe(report.problem.axes, sizing.contradiction->good),
               describe(report.problem.axes, sizing.contradiction->bad),
               miss_text(report.goal(), report.measured(sizing.contradiction->bad)));
  }
}

}  // namespace

std::string Report::miss(const GridPoint& point) const {
  const std::string text = miss_text(goal(), measured(point));
  return text.empty() ? confirmation.refutation(point) : text;
}

double Report::area(const GridPoint& point) const {
  return SpaceCost(problem.axes, *problem.parameters, problem.request.gates_per_bit)(point);
}

std::string area_text(double gates) {
  return gates >= 1e6 ? fmt::format("{:.3f} MGE", gates / 1e6) : fmt::format("{:.1f} kGE", gates / 1e3);
}

std::string drops_text(uint64_t drops) {
  return drops == 0 ? "no drops" : fmt::format("{} {}", drops, drops == 1 ? "drop" : "drops");
}

std::vector<AreaRow> area_rows(const Problem& problem, const GridPoint& point) {
  SpaceCost cost(problem.axes, *problem.parameters, problem.request.gates_per_bit);
  const nic::CardArea card = cost.area(point);
  std::vector<AreaRow> rows;
  std::set<size_t> taken;
  for (size_t i = 0; i < problem.axes.size(); ++i) {
    const Axis& axis = problem.axes[i];
    AreaRow row{axis.name(), axis.text(point[i]), 0, point[i] == 0};
    for (const size_t place : parts_of(cost, axis, i, point)) {
      // What two axes change stands in the row of the first.
      if (card.parts[place].capacity || !taken.insert(place).second) continue;
      row.area += card.parts[place].area(problem.request.gates_per_bit);
    }
    rows.push_back(std::move(row));
  }
  AreaRow rest{"all that does not vary", "", 0, false};
  for (size_t i = 0; i < card.parts.size(); ++i) {
    if (!card.parts[i].capacity && !taken.contains(i))
      rest.area += card.parts[i].area(problem.request.gates_per_bit);
  }
  rows.push_back(std::move(rest));
  return rows;
}

std::vector<std::pair<std::string, double>> capacity_rows(const Problem& problem, const GridPoint& point) {
  std::vector<std::pair<std::string, double>> rows;
  const nic::CardArea card =
      SpaceCost(problem.axes, *problem.parameters, problem.request.gates_per_bit).area(point);
  for (const nic::AreaPart& part : card.parts) {
    if (part.capacity) rows.emplace_back(part.name, part.area(problem.request.gates_per_bit));
  }
  return rows;
}

void print_problem(std::ostream& out, const Problem& problem) {
  fmt::print(out, "Goal: {}\nWorkload {}{}, seed {}\n", goal_text(problem.request.goal),
             problem.request.workload,
             problem.plan.packets ? fmt::format(", {} packets each way and run", *problem.plan.packets) : "",
             problem.request.seed);
  for (const std::string& note : problem.notes) fmt::print(out, "  {}\n", note);
  fmt::print(out, "Space: {} configurations\n", grid_size(problem.axes));
  for (const Axis& axis : problem.axes) {
    std::string values;
    for (size_t step = 0; step < axis.size(); ++step) values += (step == 0 ? "" : " ") + axis.text(step);
    fmt::print(out, "  {:<36}{}\n", axis.name(), values);
    if (axis.keys.size() == axis.shown) continue;
    const auto behind = axis.keys.begin() + static_cast<std::ptrdiff_t>(axis.shown);
    fmt::print(out, "  {:<36}  and its parts {}\n", "", fmt::join(behind, axis.keys.end(), ", "));
  }
}

void print_report(std::ostream& out, const Report& report) {
  if (report.sizing.answer) {
    print_areas(out, report, *report.sizing.answer);
    print_proof(out, report, *report.sizing.answer);
    print_fronts(out, report);
  } else {
    print_impossible(out, report);
  }
  print_trust(out, report);
}

}  // namespace pspnic::size
