// SPDX-License-Identifier: Apache-2.0
// The explanation of a run as text and as JSON.
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "testbench/bench/explanation.h"

namespace pspnic::bench {

namespace {

using Json = nlohmann::ordered_json;

constexpr double kShownShare = 0.005;
constexpr double kStackWidth = 40;

double us(double ps) {
  return ps / static_cast<double>(base::kUs);
}

std::string bar(const Step& step, double mean) {
  const auto width = [mean](double time) {
    return static_cast<size_t>(std::max(0.0, time) / mean * kStackWidth + 0.5);
  };
  return std::string(width(step.wait), '.') + std::string(width(step.work), '#');
}

void print_way(std::ostream& out, const char* name, const WayTime& way) {
  if (way.packets == 0 || way.mean <= 0) return;
  fmt::print(out, "\nWhere the time of a packet goes, {}: {:.3f} us in the mean{}\n", name, us(way.mean),
             way.from ? "" : ", from the doorbell at the card on");
  fmt::print(out, "  {:<14}{:>10}{:>10}\n", "", "waits, us", "takes, us");
  Step rest{"the rest"};
  for (const Step& step : way.steps) {
    if (step.time() < kShownShare * way.mean) {
      rest.wait += step.wait;
      rest.work += step.work;
      continue;
    }
    fmt::print(out, "  {:<14}{:>10.3f}{:>10.3f}{:>7.1f} %  {}\n", step.name, us(step.wait), us(step.work),
               100 * step.time() / way.mean, bar(step, way.mean));
  }
  fmt::print(out, "  {:<14}{:>10.3f}{:>10.3f}{:>7.1f} %\n", rest.name, us(rest.wait), us(rest.work),
             100 * rest.time() / way.mean);
  if (!way.hosts_known) {
    fmt::print(out,
               "  {:<14}{:>20.3f}{:>7.1f} %  hosts: not measured one by one, as not all that the card placed "
               "came up\n",
               "other", us(way.other), 100 * way.other / way.mean);
  }
}

Json way_json(const WayTime& way) {
  if (way.packets == 0) return nullptr;
  Json parts = Json::array();
  for (const Step& step : way.steps) {
    parts.push_back({{"name", step.name}, {"waits", step.wait}, {"takes", step.work}});
  }
  return {{"unit", "ps, mean of the packets"},
          {"packets", way.packets},
          {"from", way.from ? name_of(*way.from) : "doorbell"},
          {"mean", way.mean},
          {"parts", parts},
          {"other", way.other}};
}

Json block_json(const BlockState& block) {
  Json json = {{"name", block.name}, {"busy", block.busy}};
  if (!block.stage) return json;
  json["blocked"] = block.blocked;
  json["blocked_by"] = block.blocked_by.empty() ? Json(nullptr) : Json(block.blocked_by);
  json["starved"] = block.starved;
  json["starved_by"] = block.starved_by.empty() ? Json(nullptr) : Json(block.starved_by);
  return json;
}

}  // namespace

void print_explanation(std::ostream& out, const Explanation& explanation) {
  print_way(out, "host A to host B", explanation.ways[kA]);
  print_way(out, "host B to host A", explanation.ways[kB]);
  if (explanation.conclusion.empty()) return;
  fmt::print(out, "\nWhy\n");
  for (const std::string& sentence : explanation.conclusion) fmt::print(out, "  {}\n", sentence);
}

std::string explanation_json(const Explanation& explanation) {
  Json blocks = Json::array();
  for (const BlockState& block : explanation.blocks) blocks.push_back(block_json(block));
  const Json json = {{"conclusion", explanation.conclusion},
                     {"a_to_b", way_json(explanation.ways[kA])},
                     {"b_to_a", way_json(explanation.ways[kB])},
                     {"blocks", blocks}};
  return json.dump();
}

}  // namespace pspnic::bench
