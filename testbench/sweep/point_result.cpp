// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/point_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pspnic::sweep {

namespace {

using Json = nlohmann::ordered_json;

constexpr Status kStatuses[] = {Status::kOk, Status::kFailed, Status::kKilled, Status::kMissing};

void put(std::vector<Headline>& list, std::string name, const Json& value) {
  list.push_back({std::move(name), value.dump()});
}

Json rate_json(uint64_t bytes, base::Time time) {
  return bench::per_second(8.0 * static_cast<double>(bytes), time);
}

Json percentile_json(const base::LogLinearCounts& latency, double percent) {
  return latency.count() > 0 ? Json(latency.percentile(percent)) : Json(nullptr);
}

void put_direction(std::vector<Headline>& list, const std::string& name,
                   const bench::DirectionSummary& direction) {
  const bench::DirectionOutcome& outcome = *direction.outcome;
  uint64_t not_sent = 0;
  for (const auto& [reason, count] : outcome.not_sent) not_sent += count;
  put(list, name + ".sent", outcome.sent);
  put(list, name + ".not_sent", not_sent);
  put(list, name + ".received", outcome.received);
  put(list, name + ".goodput_bps", direction.goodput_bps);
  put(list, name + ".packets_per_second", direction.packets_per_second);
  put(list, name + ".steady_wire_bps", direction.steady.wire_bps);
  put(list, name + ".steady_goodput_bps", direction.steady.goodput_bps);
  put(list, name + ".steady_packets_per_second", direction.steady.packets_per_second);
  const base::LogLinearCounts& latency = outcome.latency;
  for (const auto& [word, percent] :
       {std::pair{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}, {"p99.9", 99.9}}) {
    put(list, fmt::format("{}.latency_{}_ps", name, word), percentile_json(latency, percent));
  }
  put(list, name + ".latency_max_ps", latency.count() > 0 ? Json(latency.max()) : Json(nullptr));
}

void put_control(std::vector<Headline>& list, const bench::ControlOutcome& control) {
  const base::LogLinearCounts& set_up = control.set_up;
  put(list, "connections_per_second",
      bench::per_second(static_cast<double>(control.opened_in_time), control.offered_for));
  put(list, "connections_refused", control.refused);
  put(list, "set_up_p50_ps", percentile_json(set_up, 50));
  put(list, "set_up_p99_ps", percentile_json(set_up, 99));
}

// What a host wanted to send at times of its own, beside what came of it.
void put_offer(std::vector<Headline>& list, const std::string& name, const bench::TrafficOffer& offer) {
  const bench::TrafficLoad& offered = offer.offered;
  const bench::TrafficLoad& carried = offer.carried;
  const bool rate = offer.open_loop && offer.messages > 0;
  put(list, name + ".offered_messages", offer.messages);
  put(list, name + ".offered_bps",
      rate ? rate_json(offered.payload_bytes, offer.offered_for) : Json(nullptr));
  put(list, name + ".offered_wire_bps",
      rate ? rate_json(offered.wire_bytes, offer.offered_for) : Json(nullptr));
  put(list, name + ".carried_bps", rate_json(carried.payload_bytes, offer.carried_for));
  put(list, name + ".carried_wire_bps", rate_json(carried.wire_bytes, offer.carried_for));
}

void put_traffic(std::vector<Headline>& list, const bench::TrafficOutcome& traffic) {
  put_offer(list, "a_to_b", traffic.offers[bench::kA]);
  put_offer(list, "b_to_a", traffic.offers[bench::kB]);
  if (!traffic.transactions) return;
  const bench::TransactionOutcome& requests = *traffic.transactions;
  put(list, "requests_per_second", bench::per_second(static_cast<double>(requests.completed), requests.time));
  put(list, "requests_lost", requests.lost);
  for (const auto& [word, percent] :
       {std::pair{"p50", 50.0}, {"p90", 90.0}, {"p99", 99.0}, {"p99.9", 99.9}}) {
    put(list, fmt::format("request_{}_ps", word), percentile_json(requests.latency, percent));
  }
}

}  // namespace

const char* status_name(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kFailed:
      return "failed";
    case Status::kKilled:
      return "killed";
    case Status::kMissing:
      return "missing";
  }
  return "";
}

std::vector<Headline> headlines(const bench::Summary& summary) {
  std::vector<Headline> list;
  put(list, "simulated_ps", summary.window);
  put_direction(list, "a_to_b", summary.directions[bench::kA]);
  put_direction(list, "b_to_a", summary.directions[bench::kB]);
  const bool used = !summary.blocks.empty();
  put(list, "busiest_block", used ? Json(summary.blocks.front().name) : Json(nullptr));
  put(list, "busiest_utilisation", used ? Json(summary.blocks.front().utilisation) : Json(nullptr));
  const std::vector<std::string> limits = bench::bottleneck(summary).blocks;
  put(list, "bottleneck", limits.empty() ? Json(nullptr) : Json(limits.front()));
  put(list, "crypto_gates", summary.crypto.cost.gates);
  put(list, "area_gates", summary.area);
  if (summary.control) put_control(list, *summary.control);
  if (summary.traffic) put_traffic(list, *summary.traffic);
  uint64_t drops = 0;
  for (const auto& [name, count] : summary.drops) drops += count;
  put(list, "drops", drops);
  for (const auto& [name, count] : summary.drops) put(list, "drops." + name, count);
  return list;
}

std::string result_json(const PointResult& result) {
  std::string text = fmt::format("{{\"status\": {}, \"reason\": {}, \"results\": {{",
                                 Json(status_name(result.status)).dump(),
                                 Json(result.reason).dump(-1, ' ', false, Json::error_handler_t::replace));
  for (const Headline& headline : result.headlines) {
    text += fmt::format("{}{}: {}", &headline == &result.headlines.front() ? "" : ", ",
                        Json(headline.name).dump(), headline.json);
  }
  return text + "}}\n";
}

PointResult read_result(std::string_view text, const std::string& origin) {
  try {
    const Json json = Json::parse(text);
    PointResult result;
    const auto name = json.at("status").get<std::string>();
    const auto status =
        std::ranges::find_if(kStatuses, [&](Status known) { return name == status_name(known); });
    if (status == std::end(kStatuses)) throw std::runtime_error(origin + ": has an unknown status");
    result.status = *status;
    result.reason = json.at("reason").get<std::string>();
    for (const auto& [key, value] : json.at("results").items()) {
      result.headlines.push_back({key, value.dump()});
    }
    return result;
  } catch (const Json::exception& error) {
    throw std::runtime_error(origin + ": is not as pspnic sweep writes it: " + error.what());
  }
}

std::string cost_json(const PointCost& cost) {
  return Json{{"cpu_seconds", cost.cpu_seconds}, {"packets", cost.packets}}.dump() + "\n";
}

std::optional<PointCost> read_cost(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("cpu_seconds") || !json.contains("packets")) return std::nullopt;
  if (!json["cpu_seconds"].is_number() || !json["packets"].is_number_unsigned()) return std::nullopt;
  return PointCost{json["cpu_seconds"].get<double>(), json["packets"].get<uint64_t>()};
}

}  // namespace pspnic::sweep
