// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/measured.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pspnic::explain {

namespace {

MeasuredWay way_of(std::string name, double rate, const base::LogLinearCounts& latency) {
  return {std::move(name), rate, latency.mean(), static_cast<double>(latency.percentile(99))};
}

}  // namespace

Measured measured_of(const bench::Summary& summary) {
  Measured measured;
  measured.well = summary.all_well();
  for (const auto& [reason, count] : summary.drops) measured.drops += count;
  if (summary.traffic && summary.traffic->transactions) {
    const bench::TransactionOutcome& done = *summary.traffic->transactions;
    const double rate = bench::per_second(static_cast<double>(done.completed), done.time);
    measured.ways.push_back(way_of(kRequests, rate, done.latency));
    return measured;
  }
  for (const bench::Side side : {bench::kA, bench::kB}) {
    const bench::DirectionSummary& direction = summary.directions[side];
    if (direction.outcome->sent == 0) continue;
    const double middle = direction.steady.goodput_bps;
    measured.ways.push_back(way_of(side == bench::kA ? "A to B" : "B to A",
                                   middle > 0 ? middle : direction.goodput_bps, direction.outcome->latency));
  }
  return measured;
}

std::string measured_text(const Measured& measured) {
  nlohmann::json ways = nlohmann::json::array();
  for (const MeasuredWay& way : measured.ways) ways.push_back({way.name, way.rate, way.mean, way.p99});
  return nlohmann::json{{"ways", ways}, {"drops", measured.drops}, {"well", measured.well}}.dump() + "\n";
}

Measured measured_in(const std::string& text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    Measured measured;
    measured.drops = json.at("drops").get<uint64_t>();
    measured.well = json.at("well").get<bool>();
    for (const nlohmann::json& way : json.at("ways")) {
      const auto number = [&](size_t at) { return way.at(at).get<double>(); };
      measured.ways.push_back({way.at(0).get<std::string>(), number(1), number(2), number(3)});
    }
    return measured;
  } catch (const nlohmann::json::exception&) {
    throw std::runtime_error("a run said nothing of its rate: " + text);
  }
}

}  // namespace pspnic::explain
