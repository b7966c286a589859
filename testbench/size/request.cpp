// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/request.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "model/base/config_error.h"

namespace pspnic::size {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "pspnic size";
constexpr unsigned kVersion = 1;
constexpr const char* kOf[] = {"wire", "goodput", "packets"};

Json or_null(const auto& value) {
  return value ? Json(*value) : Json(nullptr);
}

Goal read_goal(const Json& json) {
  Goal goal;
  const auto of = json.at("of").get<std::string>();
  for (size_t i = 0; i < std::size(kOf); ++i) {
    if (of == kOf[i]) goal.of = static_cast<Goal::Of>(i);
  }
  goal.rate = json.at("rate").get<double>();
  if (!json.at("p99_ps").is_null()) goal.p99 = json.at("p99_ps").get<base::Time>();
  goal.tolerance = json.at("tolerance").get<double>();
  goal.drops = json.at("drops").get<uint64_t>();
  return goal;
}

}  // namespace

std::string request_json(const Request& request) {
  const Goal& goal = request.goal;
  Json configs = Json::array();
  for (const sweep::ConfigFile& file : request.configs) {
    configs.push_back({{"name", file.name}, {"text", file.text}});
  }
  const Json json = {{"format", kFormat},
                     {"version", kVersion},
                     {"goal",
                      {{"of", kOf[static_cast<size_t>(goal.of)]},
                       {"rate", goal.rate},
                       {"p99_ps", or_null(goal.p99)},
                       {"tolerance", goal.tolerance},
                       {"drops", goal.drops}}},
                     {"workload", request.workload},
                     {"packets", or_null(request.packets)},
                     {"seed", request.seed},
                     {"configs", configs},
                     {"settings", request.settings},
                     {"over", request.lists},
                     {"only", request.only},
                     {"gates_per_bit", request.gates_per_bit}};
  return json.dump(2) + "\n";
}

Request read_request(std::string_view text, const std::string& origin) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || json.value("format", Json()) != kFormat) {
    throw base::ConfigError(origin, "is no size.json of pspnic size");
  }
  if (const Json version = json.value("version", Json()); version != kVersion) {
    throw base::ConfigError(origin,
                            fmt::format("has version {}, this program knows {}", version.dump(), kVersion));
  }
  try {
    Request request;
    request.goal = read_goal(json.at("goal"));
    request.workload = json.at("workload").get<std::string>();
    if (!json.at("packets").is_null()) request.packets = json.at("packets").get<uint64_t>();
    request.seed = json.at("seed").get<uint64_t>();
    for (const Json& file : json.at("configs")) {
      request.configs.push_back({file.at("name").get<std::string>(), file.at("text").get<std::string>()});
    }
    json.at("settings").get_to(request.settings);
    json.at("over").get_to(request.lists);
    request.only = json.at("only").get<bool>();
    request.gates_per_bit = json.at("gates_per_bit").get<double>();
    return request;
  } catch (const Json::exception& error) {
    throw base::ConfigError(origin, std::string("is not as pspnic size writes it: ") + error.what());
  }
}

}  // namespace pspnic::size
