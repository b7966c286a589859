// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <ostream>

#include "testbench/bench/summary.h"

namespace pspnic::bench {

namespace {

double gbps(uint64_t bytes, base::Time time) {
  return per_second(8.0 * static_cast<double>(bytes), time) / 1e9;
}

double microseconds(base::Time ps) {
  return static_cast<double>(ps) / static_cast<double>(base::kUs);
}

void print_offer(std::ostream& out, Side from, const TrafficOffer& offer) {
  if (offer.messages == 0) return;
  const auto mean = static_cast<double>(offer.offered.payload_bytes) / static_cast<double>(offer.messages);
  fmt::print(out, "  host {}     {} messages, {} packets; payload {}..{} bytes, mean {:.1f}\n",
             from == kA ? 'A' : 'B', offer.messages, offer.offered.packets, offer.smallest, offer.largest,
             mean);
  if (offer.raised > 0) {
    fmt::print(out, "             {} of them larger than asked for, so that each packet can say who it is\n",
               offer.raised);
  }
  if (offer.open_loop) {
    fmt::print(out,
               "  offered    {:.2f} Gb/s on the wire, {:.2f} Gb/s of payload, {:.3f} million packets/s\n",
               gbps(offer.offered.wire_bytes, offer.offered_for),
               gbps(offer.offered.payload_bytes, offer.offered_for),
               per_second(static_cast<double>(offer.offered.packets), offer.offered_for) / 1e6);
  }
  fmt::print(out, "  carried    {:.2f} Gb/s on the wire, {:.2f} Gb/s of payload, {:.3f} million packets/s",
             gbps(offer.carried.wire_bytes, offer.carried_for),
             gbps(offer.carried.payload_bytes, offer.carried_for),
             per_second(static_cast<double>(offer.carried.packets), offer.carried_for) / 1e6);
  if (offer.open_loop) fmt::print(out, "; most messages waiting for a queue: {}", offer.most_waiting);
  fmt::print(out, "\n");
}

}  // namespace

void print_traffic(std::ostream& out, const TrafficOutcome& traffic) {
  fmt::print(out, "Traffic\n");
  for (const Side side : {kA, kB}) print_offer(out, side, traffic.offers[side]);
  if (!traffic.transactions) return;
  const TransactionOutcome& transactions = *traffic.transactions;
  fmt::print(out, "Requests\n  answered   {} of {}, {:.3f} million a second", transactions.completed,
             transactions.begun,
             per_second(static_cast<double>(transactions.completed), transactions.time) / 1e6);
  if (transactions.lost > 0) fmt::print(out, "; {} LOST", transactions.lost);
  const base::LogLinearCounts& latency = transactions.latency;
  fmt::print(
      out, "\n  latency    p50 {:.2f}  p99 {:.2f}  p99.9 {:.2f}  max {:.2f} us, to the answer's last byte\n",
      microseconds(latency.percentile(50)), microseconds(latency.percentile(99)),
      microseconds(latency.percentile(99.9)), microseconds(latency.max()));
}

}  // namespace pspnic::bench
