// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "model/base/config_error.h"

namespace pspnic::sweep {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "pspnic sweep";
constexpr unsigned kVersion = 2;

Json to_json(const Plan& plan) {
  Json configs = Json::array();
  for (const ConfigFile& file : plan.configs) configs.push_back({{"name", file.name}, {"text", file.text}});
  Json files = Json::array();
  for (const InputFile& file : plan.files) files.push_back(file.name);
  return {{"format", kFormat},         {"version", kVersion},
          {"workload", plan.workload}, {"packets", plan.packets ? Json(*plan.packets) : Json(nullptr)},
          {"seed", plan.seed},         {"configs", configs},
          {"settings", plan.settings}, {"files", files},
          {"keys", plan.points.keys},  {"points", plan.points.values}};
}

std::string or_none(const Json& json) {
  return json.is_null() ? "not given" : json.dump();
}

// Of two lists, where they part.
std::string list_difference(const char* what, const Json& had, const Json& asked) {
  if (had.size() != asked.size()) return fmt::format("{}: {}, were {}", what, asked.size(), had.size());
  for (size_t i = 0; i < had.size(); ++i) {
    if (had[i] != asked[i]) {
      return fmt::format("{}: number {} is {}, was {}", what, i, asked[i].dump(), had[i].dump());
    }
  }
  return {};
}

std::string config_difference(const Plan& had, const Plan& asked) {
  if (had.configs.size() != asked.configs.size()) {
    return fmt::format("configuration files: {}, were {}", asked.configs.size(), had.configs.size());
  }
  for (size_t i = 0; i < had.configs.size(); ++i) {
    if (had.configs[i].text != asked.configs[i].text) {
      return fmt::format("the text of {} is another one", asked.configs[i].name);
    }
  }
  return {};
}

void check(const Plan& plan, const std::string& origin) {
  for (const std::vector<std::string>& values : plan.points.values) {
    if (values.size() == plan.points.keys.size()) continue;
    throw base::ConfigError(
        origin, fmt::format("has a point of {} values for {} keys", values.size(), plan.points.keys.size()));
  }
}

}  // namespace

std::string describe_point(const Plan& plan, size_t point) {
  std::string text;
  for (size_t i = 0; i < plan.points.keys.size(); ++i) {
    text += fmt::format("{}{}={}", i == 0 ? "" : ", ", plan.points.keys[i], plan.points.values[point][i]);
  }
  return text;
}

std::string plan_json(const Plan& plan) {
  const Json json = to_json(plan);
  // A line a point: people look into this file.
  std::string text = "{\n";
  for (const auto& [key, value] : json.items()) {
    if (key == "points") continue;
    text += fmt::format("  {}: {},\n", Json(key).dump(), value.dump());
  }
  text += "  \"points\": [";
  for (size_t i = 0; i < plan.size(); ++i) {
    text += fmt::format("{}\n    {}", i == 0 ? "" : ",", Json(plan.points.values[i]).dump());
  }
  return text + "\n  ]\n}\n";
}

Plan read_plan(std::string_view text, const std::string& origin) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("format", Json()) != kFormat) {
    throw base::ConfigError(origin, "is no sweep.json of pspnic sweep");
  }
  if (const Json version = json.value("version", Json()); version != kVersion) {
    throw base::ConfigError(origin,
                            fmt::format("has version {}, this program knows {}", version.dump(), kVersion));
  }
  try {
    Plan plan;
    plan.workload = json.at("workload").get<std::string>();
    if (!json.at("packets").is_null()) plan.packets = json.at("packets").get<uint64_t>();
    plan.seed = json.at("seed").get<uint64_t>();
    for (const Json& file : json.at("configs")) {
      plan.configs.push_back({file.at("name").get<std::string>(), file.at("text").get<std::string>()});
    }
    json.at("settings").get_to(plan.settings);
    for (const Json& name : json.at("files")) plan.files.push_back({name.get<std::string>(), {}});
    json.at("keys").get_to(plan.points.keys);
    json.at("points").get_to(plan.points.values);
    check(plan, origin);
    return plan;
  } catch (const Json::exception& error) {
    throw base::ConfigError(origin, std::string("is not as pspnic sweep writes it: ") + error.what());
  }
}

std::string difference(const Plan& had, const Plan& asked) {
  const Json left = to_json(had), right = to_json(asked);
  for (const char* name : {"workload", "packets", "seed"}) {
    if (left[name] == right[name]) continue;
    return fmt::format("{} is {}, was {}", name, or_none(right[name]), or_none(left[name]));
  }
  if (std::string text = config_difference(had, asked); !text.empty()) return text;
  for (const char* name : {"settings", "keys", "points", "files"}) {
    if (std::string text = list_difference(name, left[name], right[name]); !text.empty()) return text;
  }
  for (size_t i = 0; i < had.files.size(); ++i) {
    if (had.files[i].text != asked.files[i].text) return had.files[i].name + " has changed since";
  }
  return {};
}

}  // namespace pspnic::sweep
