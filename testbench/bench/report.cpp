// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/report.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

namespace pspnic::bench {

namespace {

using Json = nlohmann::ordered_json;

Json counts(const std::vector<std::pair<std::string, uint64_t>>& list) {
  Json json = Json::object();
  for (const auto& [name, count] : list) json[name] = count;
  return json;
}

Json direction_json(const DirectionSummary& direction) {
  const DirectionOutcome& outcome = *direction.outcome;
  Json latency = nullptr;
  if (outcome.latency.count() > 0) {
    latency = {{"unit", "ps"},
               {"count", outcome.latency.count()},
               {"mean", outcome.latency.mean()},
               {"min", outcome.latency.min()},
               {"p50", outcome.latency.percentile(50)},
               {"p90", outcome.latency.percentile(90)},
               {"p99", outcome.latency.percentile(99)},
               {"p99.9", outcome.latency.percentile(99.9)},
               {"max", outcome.latency.max()}};
  }
  return {{"offered", outcome.offered},
          {"sent", outcome.sent},
          {"sent_psp", outcome.sent_psp},
          {"received", outcome.received},
          {"received_psp", outcome.received_psp},
          {"verified", outcome.verified},
          {"corrupted", outcome.corrupted},
          {"missing", outcome.missing()},
          {"sent_in_clear", counts(outcome.clear)},
          {"not_sent", counts(outcome.not_sent)},
          {"payload_bytes", outcome.payload_bytes},
          {"wire_frames", direction.wire_frames},
          {"wire_packets_per_second", direction.wire_packets_per_second},
          {"goodput_bps", direction.goodput_bps},
          {"latency", latency}};
}

Json crypto_json(const CryptoUse& crypto) {
  const crypto::CryptoCost& cost = crypto.cost;
  Json json = {{"lanes_each_way", crypto.lanes},
               {"lane", crypto.lane},
               {"lane_gates", cost.lane_gates},
               {"kdf_units", crypto.units},
               {"kdf_unit", crypto.unit},
               {"kdf_unit_gates", cost.unit_gates},
               {"gates", cost.gates},
               {"gates_unit", "NAND2 equivalents"},
               {"lane_clock_hz", crypto.clock_hz}};
  for (const auto& [bits, bps] : {std::pair{"128", cost.text_bps_128}, std::pair{"256", cost.text_bps_256}}) {
    const double gates = crypto::gates_per_100_gbps(cost, bps);
    json[std::string("keys_of_") + bits + "_bits"] = {
        {"text_bps_each_way", bps},
        {"gates_per_100_gbps_of_both_ways", bps > 0 ? Json(gates) : Json(nullptr)}};
  }
  return json;
}

Json driver_json(const host::Driver& driver) {
  Json json = Json::object();
  for (const host::DriverStatEntry& entry : host::driver_stat_entries()) {
    json[entry.name] = {
        {"value", driver.stats().*entry.member}, {"unit", entry.unit}, {"description", entry.description}};
  }
  return json;
}

}  // namespace

std::string report_json(const Parameters& parameters, const RunOptions& options, Platform& platform,
                        const Summary& summary) {
  Json blocks = Json::array();
  for (const BlockUse& block : summary.blocks) {
    blocks.push_back({{"name", block.name}, {"utilisation", block.utilisation}, {"blocked", block.blocked}});
  }
  Json waits = Json::array();
  for (const WaitShare& wait : summary.waits) waits.push_back({{"name", wait.name}, {"waited", wait.share}});
  const Bottleneck limit = bottleneck(summary);
  const std::string input =
      options.pcap.empty() ? options.workload : std::filesystem::path(options.pcap).filename().string();
  Json inputs = {{options.pcap.empty() ? "workload" : "pcap", input}};
  if (!options.protect.empty())
    inputs["protect"] = std::filesystem::path(options.protect).filename().string();
  const Json report = {
      {"input", inputs},
      {"seed", options.seed},
      {"config", Json::parse(parameters.tree.to_json())},
      {"crypto", crypto_json(summary.crypto)},
      {"summary",
       {{"all_well", summary.all_well()},
        {"window_ps", summary.window},
        {"a_to_b", direction_json(summary.directions[kA])},
        {"b_to_a", direction_json(summary.directions[kB])},
        {"drops", counts(summary.drops)},
        {"blocks", blocks},
        {"waits", waits},
        {"bottleneck", limit.blocks.empty() ? Json(nullptr) : Json(limit.blocks.front())},
        {"bottlenecks", limit.blocks},
        {"waited_for", limit.resources},
        {"violations", summary.violations},
        {"anomalies", summary.anomalies},
        {"imbalance", summary.imbalance},
        {"stall", summary.stall},
        {"input_error", summary.input_error}}},
      {"statistics", Json::parse(summary.statistics)},
      {"drivers",
       {{"host_a", driver_json(platform.driver(kA))}, {"host_b", driver_json(platform.driver(kB))}}},
  };
  return report.dump(2) + "\n";
}

std::string host_json(const Parameters& parameters, double cpu_seconds, uint64_t packets, uint64_t events) {
  const Json json = {
      {"config", Json::parse(parameters.tree.to_json(base::ParamScope::kMachine))},
      {"cpu_seconds", cpu_seconds},
      {"packets", packets},
      {"events", events},
      {"packets_per_cpu_second", cpu_seconds > 0 ? static_cast<double>(packets) / cpu_seconds : 0.0}};
  return json.dump(2) + "\n";
}

}  // namespace pspnic::bench
