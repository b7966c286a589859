// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/goal.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <utility>

#include "model/base/config_error.h"
#include "model/base/units.h"

namespace pspnic::size {

namespace {

// Nothing: no packets a second.
std::optional<double> packets_in(std::string_view text) {
  constexpr std::pair<const char*, double> kUnits[] = {
      {"Gpps", 1e9}, {"Mpps", 1e6}, {"kpps", 1e3}, {"pps", 1}};
  for (const auto& [unit, factor] : kUnits) {
    if (!text.ends_with(unit)) continue;
    const std::string number(text.substr(0, text.size() - std::string_view(unit).size()));
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    const bool plain = !number.empty() && number.find_first_not_of("0123456789.") == std::string::npos;
    if (plain && *end == '\0') return value * factor;
  }
  return std::nullopt;
}

double bits_in(std::string_view text) {
  try {
    return static_cast<double>(base::parse_quantity<base::Bandwidth>(text).bps);
  } catch (const base::ConfigError&) {
    throw base::ConfigError(fmt::format("--target {}", text),
                            "is no rate; write bits a second as 400Gbps, or packets a second as 30Mpps");
  }
}

}  // namespace

Goal parse_target(std::string_view text) {
  Goal goal;
  if (const auto packets = packets_in(text)) {
    goal.of = Goal::Of::kPackets;
    goal.rate = *packets;
  } else {
    goal.rate = bits_in(text);
  }
  if (goal.rate <= 0) throw base::ConfigError(fmt::format("--target {}", text), "is no rate above 0");
  return goal;
}

Goal::Of parse_of(std::string_view text) {
  if (text == "wire") return Goal::Of::kWire;
  if (text == "goodput") return Goal::Of::kGoodput;
  throw base::ConfigError(fmt::format("--of {}", text), "is unknown; there are wire, goodput");
}

std::vector<Miss> misses(const Goal& goal, const Measured& measured) {
  std::vector<Miss> list;
  if (measured.rate < goal.rate * (1 - goal.tolerance)) list.push_back(Miss::kRate);
  if (measured.drops > goal.drops) list.push_back(Miss::kDrops);
  if (goal.p99 && measured.p99 > static_cast<double>(*goal.p99)) list.push_back(Miss::kLatency);
  return list;
}

bool nearly_meets(const Goal& goal, const Measured& measured) {
  constexpr double kRateSlack = 0.01;
  constexpr base::Time kLatencyPart = 10;
  Goal wider = goal;
  wider.tolerance += kRateSlack;
  if (wider.p99) *wider.p99 += *wider.p99 / kLatencyPart;
  return meets(wider, measured);
}

std::string rate_text(Goal::Of of, double rate) {
  if (of == Goal::Of::kPackets) return fmt::format("{:.2f} Mpps", rate / 1e6);
  return fmt::format("{:.1f} Gb/s", rate / 1e9);
}

std::string us_text(double ps) {
  return ps > 0 ? fmt::format("{:.2f} us", ps / static_cast<double>(base::kUs)) : "-";
}

std::string goal_text(const Goal& goal) {
  const char* const what = goal.of == Goal::Of::kWire      ? " on the wire"
                           : goal.of == Goal::Of::kGoodput ? " of L4 payload"
                                                           : "";
  std::string text = rate_text(goal.of, goal.rate) + what;
  if (goal.tolerance > 0) text += fmt::format(" ({:g} % less is let pass)", 100 * goal.tolerance);
  if (goal.p99) text += ", p99 at most " + us_text(static_cast<double>(*goal.p99));
  return text + (goal.drops == 0 ? std::string(", no drops") : fmt::format(", at most {} drops", goal.drops));
}

std::string miss_text(const Goal& goal, const Measured& measured) {
  std::string text;
  for (const Miss miss : misses(goal, measured)) {
    if (!text.empty()) text += "; ";
    switch (miss) {
      case Miss::kRate:
        text += fmt::format("rate {:.1f} % short", 100 * (1 - measured.rate / goal.rate));
        break;
      case Miss::kDrops:
        text += fmt::format("{} {}", measured.drops, measured.drops == 1 ? "drop" : "drops");
        break;
      case Miss::kLatency:
        text += fmt::format("p99 {:.1f} % above", 100 * (measured.p99 / static_cast<double>(*goal.p99) - 1));
        break;
    }
  }
  return text;
}

}  // namespace pspnic::size
