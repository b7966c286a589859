// SPDX-License-Identifier: Apache-2.0
// The answer for programs: JSON and CSV.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "testbench/size/answer.h"
#include "testbench/sweep/points.h"

namespace pspnic::size {

namespace {

using Json = nlohmann::ordered_json;

Json values_json(const Problem& problem, const GridPoint& point) {
  Json json = Json::object();
  const std::vector<std::string> keys = keys_of(problem.axes), values = values_of(problem.axes, point);
  for (size_t i = 0; i < keys.size(); ++i) json[keys[i]] = values[i];
  return json;
}

const char* rate_name(Goal::Of of) {
  return of == Goal::Of::kWire ? "wire_bps" : of == Goal::Of::kGoodput ? "goodput_bps" : "packets_per_second";
}

Json run_json(const Report& report, const GridPoint& point) {
  const Measured& run = report.measured(point);
  return {{"point", report.runs.of(point).number},
          {"values", values_json(report.problem, point)},
          {"area_gates", report.area(point)},
          {rate_name(report.goal().of), run.rate},
          {"p99_ps", run.p99 > 0 ? Json(run.p99) : Json(nullptr)},
          {"drops", run.drops},
          {"meets_goal", report.miss(point).empty()},
          {"misses", report.miss(point)}};
}

Json runs_json(const Report& report, const std::vector<GridPoint>& points) {
  Json json = Json::array();
  for (const GridPoint& point : points) json.push_back(run_json(report, point));
  return json;
}

Json confirmed_json(const Report& report, const GridPoint& point) {
  Json json = Json::array();
  for (const Confirming& each : report.confirmation.of(point)) {
    json.push_back({{"seed", each.seed},
                    {rate_name(report.goal().of), each.measured.rate},
                    {"p99_ps", each.measured.p99 > 0 ? Json(each.measured.p99) : Json(nullptr)},
                    {"drops", each.measured.drops}});
  }
  return json;
}

Json or_null(const Report& report, const std::optional<GridPoint>& point) {
  return point ? run_json(report, *point) : Json(nullptr);
}

Json goal_json(const Goal& goal) {
  return {{rate_name(goal.of), goal.rate},
          {"p99_ps", goal.p99 ? Json(*goal.p99) : Json(nullptr)},
          {"tolerance", goal.tolerance},
          {"drops", goal.drops}};
}

Json areas_json(const Problem& problem, const GridPoint& point) {
  Json json = Json::array();
  for (const AreaRow& row : area_rows(problem, point)) {
    json.push_back({{"name", row.name}, {"value", row.value}, {"gates", row.area}});
  }
  return json;
}

Json help_json(const Report& report) {
  Json json = Json::array();
  for (const Help& help : report.help) {
    json.push_back({{"name", help.name},
                    {"from", help.from},
                    {"to", help.to},
                    {rate_name(report.goal().of), help.measured.rate},
                    {"p99_ps", help.measured.p99},
                    {"drops", help.measured.drops},
                    {"meets_goal", meets(report.goal(), help.measured)}});
  }
  return json;
}

Json proof_json(const Report& report) {
  Json json = Json::array();
  for (const Neighbour& each : report.sizing.proof) {
    json.push_back(run_json(report, each.point));
    json.back()["less"] = report.problem.axes[each.axis].name();
    json.back()["limit"] = report.runs.limit_of(each.point);
  }
  return json;
}

std::string row_text(const Report& report, const GridPoint& point) {
  const Measured& run = report.measured(point);
  std::string text = std::to_string(report.runs.of(point).number);
  for (const std::string& value : values_of(report.problem.axes, point))
    text += "," + sweep::csv_field(value);
  return text + fmt::format(",{:.0f},{:.6g},{},{},{},{}\n", report.area(point), run.rate,
                            run.p99 > 0 ? fmt::format("{:.0f}", run.p99) : "", run.drops,
                            report.miss(point).empty() ? "yes" : "no", sweep::csv_field(report.miss(point)));
}

std::string head_text(const Report& report) {
  std::string text = "point";
  for (const std::string& key : keys_of(report.problem.axes)) text += "," + key;
  return text + fmt::format(",area_gates,{},p99_ps,drops,meets_goal,misses\n", rate_name(report.goal().of));
}

// Of card, hosts and cable; the workload and its traffic are the goal's.
bool is_hardware(const base::ParamInfo& info) {
  const auto within = [&](const char* group) { return info.name.starts_with(group); };
  return info.scope == base::ParamScope::kDesign && (within("nic.") || within("host.") || within("cable."));
}

}  // namespace

std::string answer_json(const Report& report) {
  const Sizing& sizing = report.sizing;
  const auto& answer = sizing.answer;
  Json json = {
      {"format", "pspnic size answer"},
      {"version", 1},
      {"goal", goal_json(report.goal())},
      {"gates_per_bit", report.problem.request.gates_per_bit},
      {"notes", report.problem.notes},
      {"configurations", grid_size(report.problem.axes)},
      {"runs", report.runs.order().size()},
      {"answer", or_null(report, answer)},
      {"area", answer ? areas_json(report.problem, *answer) : Json(nullptr)},
      {"limit", report.runs.limit_of(answer ? *answer : sizing.largest)},
      {"confirmed", answer ? confirmed_json(report, *answer) : Json(nullptr)},
      {"largest", run_json(report, sizing.largest)},
      {"one_step_less", proof_json(report)},
      {"just_below", or_null(report, sizing.just_below)},
      {"area_against_rate", runs_json(report, sizing.rate_front)},
      {"area_against_latency", runs_json(report, sizing.latency_front)},
      {"what_helps", help_json(report)},
  };
  if (sizing.contradiction) {
    json["more_is_worse"] = {run_json(report, sizing.contradiction->good),
                             run_json(report, sizing.contradiction->bad)};
  }
  if (sizing.brute_force) {
    json["brute_force"] = {{"same", !sizing.refuted()},
                           {"smallest", or_null(report, sizing.cheapest_of_all)}};
  }
  return json.dump(2) + "\n";
}

std::string card_json(const Report& report) {
  const Json texts = values_json(report.problem, *report.sizing.answer);
  Json json = Json::object();
  for (const base::ParamInfo& info : report.problem.parameters->tree.list()) {
    const bool answered = texts.contains(info.name);
    if (!answered && !(info.changed() && is_hardware(info))) continue;
    const auto text = answered ? texts[info.name].get<std::string>() : info.value_text;
    const bool plain = info.kind == base::ParamKind::kInteger || info.kind == base::ParamKind::kReal ||
                       info.kind == base::ParamKind::kBool;
    json[info.name] = plain ? Json::parse(text) : Json(text);
  }
  return json.dump(2) + "\n";
}

std::string runs_csv(const Report& report) {
  std::string text = head_text(report);
  for (const GridPoint& point : report.runs.order()) text += row_text(report, point);
  return text;
}

std::string pareto_csv(const Report& report) {
  std::string text = "front," + head_text(report);
  for (const GridPoint& point : report.sizing.rate_front) text += "rate," + row_text(report, point);
  for (const GridPoint& point : report.sizing.latency_front) text += "latency," + row_text(report, point);
  return text;
}

}  // namespace pspnic::size
