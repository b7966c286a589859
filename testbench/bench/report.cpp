// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/report.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "testbench/bench/driver_reports.h"
#include "testbench/bench/report_json.h"

namespace pspnic::bench {

namespace {

using Json = ReportJson;

Json counts(const std::vector<std::pair<std::string, uint64_t>>& list) {
  Json json = Json::object();
  for (const auto& [name, count] : list) json[name] = count;
  return json;
}

// Of the host that sends the direction.
Json psp_json(const TcpPspOutcome& psp) {
  const tcp::PspCounters& sockets = psp.sockets;
  return {{"rx_assocs", sockets.rx_assocs},
          {"tx_assocs", sockets.tx_assocs},
          {"rx_rekeys", sockets.rx_rekeys},
          {"tx_rekeys", sockets.tx_rekeys},
          {"full", sockets.full},
          {"input_drops", sockets.input_drops},
          {"output_drops", sockets.output_drops},
          {"backlogged", sockets.backlogged},
          {"key_rotations", psp.core.key_rotations},
          {"stale_events", psp.core.stale_events},
          {"tx_keys_left", psp.core.tx_keys},
          {"rotations_postponed", psp.rotations_postponed},
          {"commands_refused", psp.commands_refused}};
}

Json tcp_json(const TcpOutcome& tcp) {
  Json counters = Json::object();
  for (const tcp::CounterEntry& entry : tcp::counter_entries()) {
    counters[entry.name] = {
        {"value", tcp.counters.*entry.member}, {"unit", entry.unit}, {"description", entry.description}};
  }
  Json json = {{"offered_bytes", tcp.offered_bytes},     {"delivered_bytes", tcp.delivered_bytes},
               {"withdrawn_bytes", tcp.withdrawn_bytes}, {"undelivered_bytes", tcp.undelivered_bytes},
               {"received_again", tcp.came_again},       {"sending_host", counters}};
  if (tcp.psp) json["psp_sockets"] = psp_json(*tcp.psp);
  return json;
}

Json connections_json(const ConnectionOutcome& connections) {
  return {{"opened", connections.opened},
          {"closed", connections.closed},
          {"reset", connections.reset},
          {"faults", connections.faults}};
}

// For plots of the distribution: at most so many buckets, neighbours joined where there would be more.
constexpr size_t kLatencyBuckets = 128;

// "upto": the largest value of each bucket, included; "count": of it alone.
Json buckets_json(const base::LogLinearCounts& latency) {
  if (latency.count() == 0) return nullptr;
  const size_t first = base::LogLinearCounts::bucket_of(latency.min());
  const size_t last = base::LogLinearCounts::bucket_of(latency.max());
  size_t used = 0;
  for (size_t i = first; i <= last; ++i) used += latency.bucket_count(i) > 0 ? 1 : 0;
  const size_t joined = (used + kLatencyBuckets - 1) / kLatencyBuckets;
  Json upto = Json::array();
  Json count = Json::array();
  uint64_t sum = 0;
  size_t parts = 0;
  for (size_t i = first; i <= last; ++i) {
    if (latency.bucket_count(i) == 0) continue;
    sum += latency.bucket_count(i);
    if (++parts < joined && i < last) continue;
    upto.push_back(std::min(base::LogLinearCounts::bucket_high(i), latency.max()));
    count.push_back(sum);
    sum = parts = 0;
  }
  return {{"unit", "ps"}, {"upto", upto}, {"count", count}};
}

Json control_json(const ControlOutcome& control) {
  return {{"before", control.before},
          {"wanted", control.wanted},
          {"opened", control.opened},
          {"opened_per_second", per_second(static_cast<double>(control.opened_in_time), control.offered_for)},
          {"overloaded", control.overloaded()},
          {"refused", control.refused},
          {"ended", control.ended},
          {"alive", control.alive},
          {"most_alive", control.most_alive},
          {"rotations", control.rotations},
          {"rotations_postponed", control.rotations_postponed},
          {"renewals", control.renewals},
          {"key_generation", latency_json(control.key_generation)},
          {"key_insertion", latency_json(control.key_insertion)},
          {"deletion", latency_json(control.deletion)},
          {"rotation", latency_json(control.rotation)},
          {"set_up", latency_json(control.set_up)},
          {"faults", control.faults}};
}

Json part_json(const DirectionPart& part) {
  const DirectionOutcome& outcome = *part.outcome;
  return {{"name", part.name},
          {"from", part.from == kA ? "a" : "b"},
          {"offered", outcome.offered > 0 ? Json(outcome.offered) : Json(nullptr)},
          {"sent", outcome.sent},
          {"received", outcome.received},
          {"verified", outcome.verified},
          {"goodput_bps", part.goodput_bps},
          {"latency", latency_json(outcome.latency)}};
}

// Of a run with faults; null otherwise.
Json ledger_json(const DirectionSummary& direction) {
  const Ledger& ledger = direction.ledger;
  if (!ledger.kept) return nullptr;
  Json losses = Json::object();
  for (const Loss& loss : ledger.losses) {
    losses[loss.name] = {{"packets", loss.packets}, {"explained", loss.explained}};
  }
  return {{"not_fetched", ledger.not_fetched},
          {"lost_on_cable", ledger.lost},
          {"duplicated_on_cable", ledger.duplicated},
          {"captured", ledger.captured},
          {"not_delivered", ledger.not_delivered},
          {"by_place", losses},
          {"explained", ledger.explained()},
          {"unexplained", ledger.unexplained()},
          {"unexplained_corrupted", direction.odd.corrupted},
          {"unexplained_duplicated", direction.odd.duplicated},
          {"unexplained_reordered", direction.odd.reordered}};
}

Json checks_json(const WireChecker& checker) {
  Json failures = Json::object();
  for (size_t i = 0; i < static_cast<size_t>(CheckRule::kCount); ++i) {
    const auto rule = static_cast<CheckRule>(i);
    failures[check_rule_name(rule)] = checker.count(rule);
  }
  return {{"frames", checker.frames()},
          {"opened", checker.opens() ? Json(checker.opened()) : Json(nullptr)},
          {"failures", failures},
          {"findings", checker.findings()}};
}

// In the middle of the run, at the receiving card.
Json steady_json(const SteadyRate& steady) {
  return {{"packets_per_second", steady.packets_per_second},
          {"wire_bps", steady.wire_bps},
          {"goodput_bps", steady.goodput_bps}};
}

Json direction_json(const DirectionSummary& direction) {
  const DirectionOutcome& outcome = *direction.outcome;
  Json json = {{"offered", outcome.offered},
               {"sent", outcome.sent},
               {"sent_psp", outcome.sent_psp},
               {"sealed_by_card", direction.sealed},
               {"received", outcome.received},
               {"received_psp", outcome.received_psp},
               {"verified", outcome.verified},
               {"corrupted", outcome.corrupted},
               {"missing", outcome.missing()},
               {"duplicated", outcome.duplicated},
               {"reordered", outcome.reordered},
               {"losses", ledger_json(direction)},
               {"sent_in_clear", counts(outcome.clear)},
               {"not_sent", counts(outcome.not_sent)},
               {"payload_bytes", outcome.payload_bytes},
               {"wire_frames", direction.wire_frames},
               {"time_ps", direction.time},
               {"packets_per_second", direction.packets_per_second},
               {"wire_packets_per_second", direction.wire_packets_per_second},
               {"goodput_bps", direction.goodput_bps},
               {"steady", steady_json(direction.steady)},
               {"latency_from", name_of(outcome.latency_from)},
               {"latency", latency_json(outcome.latency)},
               {"latency_buckets", buckets_json(outcome.latency)}};
  if (outcome.tcp) json["tcp"] = tcp_json(*outcome.tcp);
  return json;
}

Json queues_json(const Summary& summary) {
  Json json = {{"units", {{"sent_bytes", "B"}, {"sent_bps", "bit/s, over the time of the direction"}}}};
  for (const Side side : {kA, kB}) {
    Json list = Json::array();
    for (const QueueUse& use : summary.queues[side]) {
      const double bits = 8.0 * static_cast<double>(use.sent_bytes);
      list.push_back({{"sent_frames", use.sent_frames},
                      {"sent_bytes", use.sent_bytes},
                      {"sent_bps", per_second(bits, summary.directions[side].time)},
                      {"received_packets", use.received_packets}});
    }
    json[side == kA ? "host_a" : "host_b"] = list;
  }
  return json;
}

Json host_waits_json(const std::vector<HostWait>& waits) {
  Json json = Json::array();
  for (const HostWait& wait : waits) {
    json.push_back(
        {{"host", wait.side == kA ? "a" : "b"}, {"parameter", wait.parameter}, {"share", wait.share}});
  }
  return json;
}

Json flow_json(const FlowUse& flow) {
  const auto of = [&flow](Side side) {
    return Json{{"sealed", flow.sealed[side]},
                {"taken_from_peer", flow.taken[side]},
                {"dropped", flow.dropped[side]}};
  };
  return {{"unit", "packet"}, {"matched", flow.matched()}, {"card_a", of(kA)}, {"card_b", of(kB)}};
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

Json drivers_json(Platform& platform) {
  Json json = Json::object();
  for (const Side side : {kA, kB}) {
    const HostDrivers& drivers = platform.drivers(side);
    for (unsigned function = 0; function < drivers.functions(); ++function) {
      const std::string name = HostDrivers::full_name(side == kA ? "host_a" : "host_b", function);
      json[name] = driver_json(drivers.driver(function));
    }
  }
  return json;
}

}  // namespace

std::string report_json(const Parameters& parameters, const RunOptions& options, Platform& platform,
                        const WireChecker& checker, const Summary& summary) {
  Json blocks = Json::array();
  for (const BlockUse& block : summary.blocks) {
    blocks.push_back({{"name", block.name}, {"utilisation", block.utilisation}, {"blocked", block.blocked}});
  }
  Json waits = Json::array();
  for (const WaitShare& wait : summary.waits) waits.push_back({{"name", wait.name}, {"waited", wait.share}});
  const Bottleneck limit = bottleneck(summary);
  Json fault_counts = Json::object();
  for (const FaultCount& fault : summary.faults) fault_counts[fault.name] = fault.count;
  const std::string input =
      options.pcap.empty() ? options.workload : std::filesystem::path(options.pcap).filename().string();
  Json inputs = {{options.pcap.empty() ? "workload" : "pcap", input}};
  if (!options.protect.empty()) {
    const bool text = is_flow_text(options.protect);
    inputs["protect"] = text ? options.protect : std::filesystem::path(options.protect).filename().string();
  }
  Json report = {
      {"input", inputs},
      {"seed", options.seed},
      {"config", Json::parse(parameters.tree.to_json())},
      {"crypto", crypto_json(summary.crypto)},
      {"area", {{"gates", summary.area}, {"gates_unit", "NAND2 equivalents of a card"}}},
      {"driver_reports", driver_reports_json(summary)},
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
        {"input_error", summary.input_error},
        {"host_waits", host_waits_json(summary.host_waits)},
        {"queues", queues_json(summary)},
        {"faults", fault_counts},
        {"faults_never_acted", summary.idle_faults},
        {"checks", checks_json(checker)},
        {"given_up", summary.given_up}}},
      {"explanation", Json::parse(explanation_json(summary.explanation))},
      {"statistics", *summary.statistics},
      {"drivers", drivers_json(platform)},
  };
  for (const FlowUse& flow : summary.flows) report["summary"]["flows"].push_back(flow_json(flow));
  for (const DirectionPart& part : summary.parts) report["summary"]["parts"].push_back(part_json(part));
  if (summary.control) report["summary"]["control"] = control_json(*summary.control);
  if (summary.traffic) report["summary"]["traffic"] = traffic_json(*summary.traffic);
  if (summary.connections) report["summary"]["connections"] = connections_json(*summary.connections);
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
