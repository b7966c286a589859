// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/report_json.h"
#include "testbench/bench/summary.h"

namespace pspnic::bench {

namespace {

using Json = ReportJson;

Json load_json(const TrafficLoad& load, base::Time time) {
  const auto rate = [time](uint64_t bytes) { return per_second(8.0 * static_cast<double>(bytes), time); };
  return {{"packets", load.packets},
          {"payload_bytes", load.payload_bytes},
          {"time_ps", time},
          {"packets_per_second", per_second(static_cast<double>(load.packets), time)},
          {"payload_bps", rate(load.payload_bytes)},
          {"frame_bps", rate(load.frame_bytes)},
          {"wire_bps", rate(load.wire_bytes)}};
}

Json offer_json(const TrafficOffer& offer) {
  if (offer.messages == 0) return nullptr;
  return {{"messages", offer.messages},
          {"raised", offer.raised},
          {"smallest_bytes", offer.smallest},
          {"largest_bytes", offer.largest},
          {"most_waiting", offer.most_waiting},
          {"offered", load_json(offer.offered, offer.offered_for)},
          {"carried", load_json(offer.carried, offer.carried_for)}};
}

}  // namespace

ReportJson latency_json(const base::LogLinearCounts& latency) {
  if (latency.count() == 0) return nullptr;
  return {{"unit", "ps"},
          {"count", latency.count()},
          {"mean", latency.mean()},
          {"min", latency.min()},
          {"p50", latency.percentile(50)},
          {"p90", latency.percentile(90)},
          {"p99", latency.percentile(99)},
          {"p99.9", latency.percentile(99.9)},
          {"max", latency.max()}};
}

ReportJson traffic_json(const TrafficOutcome& traffic) {
  Json json = {{"a_to_b", offer_json(traffic.offers[kA])}, {"b_to_a", offer_json(traffic.offers[kB])}};
  if (!traffic.transactions) return json;
  const TransactionOutcome& transactions = *traffic.transactions;
  json["transactions"] = {
      {"begun", transactions.begun},
      {"completed", transactions.completed},
      {"lost", transactions.lost},
      {"time_ps", transactions.time},
      {"per_second", per_second(static_cast<double>(transactions.completed), transactions.time)},
      {"latency", latency_json(transactions.latency)}};
  return json;
}

}  // namespace pspnic::bench
