// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "testbench/sweep/configuration.h"
#include "testbench/sweep/files.h"
#include "testbench/sweep/points.h"

namespace pspnic::sweep {

namespace {

using Json = nlohmann::ordered_json;

bool is_drop(const std::string& name) {
  return name.starts_with("drops.");
}

// In the order in which points have them first; drops, which depend on what happened, by name at the end.
std::vector<std::string> columns_of(const std::vector<PointResult>& results) {
  std::vector<std::string> columns;
  std::set<std::string> known, drops;
  for (const PointResult& result : results) {
    for (const Headline& headline : result.headlines) {
      if (is_drop(headline.name)) {
        drops.insert(headline.name);
      } else if (known.insert(headline.name).second) {
        columns.push_back(headline.name);
      }
    }
  }
  columns.insert(columns.end(), drops.begin(), drops.end());
  return columns;
}

// JSON's spelling without the quotes of texts; empty for null.
std::string cell(const std::string& json) {
  if (json == "null") return {};
  if (!json.starts_with('"')) return json;
  return csv_field(Json::parse(json).get<std::string>());
}

std::string csv_value(const PointResult& result, const std::string& column) {
  const auto found = std::ranges::find(result.headlines, column, &Headline::name);
  if (found != result.headlines.end()) return cell(found->json);
  // A run that came to its end has dropped none of what it does not name.
  return is_drop(column) && !result.headlines.empty() ? "0" : "";
}

// Put in as it is: what ParamTree writes is JSON, and reading it again would cost more than making it.
std::string config_text(std::string json) {
  while (json.ends_with('\n')) json.pop_back();
  return json;
}

// Of the object that result_json() writes.
std::string result_members(const PointResult& result) {
  const std::string json = result_json(result);
  return json.substr(1, json.rfind('}') - 1);
}

std::string values_json(const Plan& plan, size_t point) {
  Json json = Json::object();
  for (size_t i = 0; i < plan.points.keys.size(); ++i) {
    json[plan.points.keys[i]] = plan.points.values[point][i];
  }
  return json.dump();
}

std::string input_json(const bench::RunOptions& options) {
  Json json = {{"workload", options.workload}};
  json["packets"] = options.packets ? Json(*options.packets) : Json(nullptr);
  json["seed"] = options.seed;
  return json.dump();
}

}  // namespace

std::vector<PointResult> collect(const std::string& folder, const Plan& plan,
                                 const std::map<size_t, PointResult>& known) {
  std::vector<PointResult> results(plan.size());
  for (size_t point = 0; point < plan.size(); ++point) {
    const std::string path = point_file(folder, point, kResult);
    if (const auto text = read_if_there(path)) {
      results[point] = read_result(*text, path);
    } else if (const auto found = known.find(point); found != known.end()) {
      results[point] = found->second;
    } else {
      results[point].reason = "did not come to its end";
    }
  }
  return results;
}

std::string results_csv(const Plan& plan, const std::vector<PointResult>& results) {
  const std::vector<std::string> columns = columns_of(results);
  std::string text = "point";
  for (const std::string& key : plan.points.keys) text += "," + csv_field(key);
  text += ",status,reason";
  for (const std::string& column : columns) text += "," + csv_field(column);
  text += "\n";
  for (size_t point = 0; point < plan.size(); ++point) {
    text += std::to_string(point);
    for (const std::string& value : plan.points.values[point]) text += "," + csv_field(value);
    const PointResult& result = results[point];
    text += fmt::format(",{},{}", status_name(result.status), csv_field(result.reason));
    for (const std::string& column : columns) text += "," + csv_value(result, column);
    text += "\n";
  }
  return text;
}

void write_results_json(const std::string& path, const Plan& plan, const std::vector<PointResult>& results) {
  Configuration configuration(plan);
  write_whole(path, [&](const Put& put) {
    put(fmt::format(
        "{{\n\"format\": \"pspnic sweep results\",\n\"version\": 1,\n\"keys\": {},\n\"points\": [",
        Json(plan.points.keys).dump()));
    for (size_t point = 0; point < plan.size(); ++point) {
      const bench::RunOptions options = configuration.apply(point);
      put(fmt::format("{}\n{{\"point\": {}, \"values\": {}, {},\n\"input\": {}, \"config\": {}}}",
                      point == 0 ? "" : ",", point, values_json(plan, point), result_members(results[point]),
                      input_json(options), config_text(configuration.parameters().tree.to_json())));
    }
    put("\n]\n}\n");
  });
}

PointCost sum_of_costs(const std::string& folder, const Plan& plan) {
  PointCost sum;
  for (size_t point = 0; point < plan.size(); ++point) {
    const auto text = read_if_there(point_file(folder, point, kHost));
    const auto cost = text ? read_cost(*text) : std::nullopt;
    if (!cost) continue;
    sum.cpu_seconds += cost->cpu_seconds;
    sum.packets += cost->packets;
  }
  return sum;
}

}  // namespace pspnic::sweep
