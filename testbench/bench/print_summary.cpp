// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <ostream>
#include <string_view>
#include <utility>

#include "testbench/bench/driver_reports.h"
#include "testbench/bench/summary.h"
#include "testbench/bench/verdict.h"

namespace pspnic::bench {

namespace {

constexpr size_t kBlocksShown = 10;
constexpr size_t kTextsShown = 10;
constexpr int kBarWidth = 30;
constexpr double kNearlyAll = 0.9;

double us(base::Time ps) {
  return static_cast<double>(ps) / static_cast<double>(base::kUs);
}

// Of a direction's packets; where flows are protected the card seals what its driver knows nothing of.
std::string psp_share(const DirectionSummary& direction, bool flows) {
  const uint64_t asked = direction.outcome->sent_psp;
  if (!flows) return fmt::format("{} of them PSP", asked);
  return fmt::format("{} of them PSP by the driver, {} sealed by the card in all", asked, direction.sealed);
}

// In runs with faults: what became of the packets that are missing.
void print_losses(std::ostream& out, const DirectionOutcome& outcome, const Ledger& ledger) {
  if (outcome.missing() == 0 && ledger.losses.empty()) return;
  fmt::print(out, "\n  missing    {}", outcome.missing());
  if (outcome.corrupted > 0) {
    fmt::print(out, ", up to {} of them came CORRUPTED", outcome.corrupted);
  }
  fmt::print(out, "; lost on the way: {} explained by faults, {} WITHOUT EXPLANATION", ledger.explained(),
             ledger.unexplained());
  for (const Loss& loss : ledger.losses) {
    fmt::print(out, "\n             {} {}{}", loss.packets, loss.name,
               loss.explained ? "" : ": NOT EXPLAINED");
  }
}

const char* same(const DirectionSummary& direction) {
  return direction.payload_compared ? "byte for byte the same" : "the same but for payload, not carried";
}

void print_packets(std::ostream& out, const DirectionSummary& direction, bool flows) {
  const DirectionOutcome& outcome = *direction.outcome;
  fmt::print(out, "  packets    {} sent, {}; {} received, {} {}", outcome.sent, psp_share(direction, flows),
             outcome.received, outcome.verified, same(direction));
  if (outcome.corrupted > 0) fmt::print(out, ", {} CORRUPTED", outcome.corrupted);
  if (outcome.never_sent() > 0) fmt::print(out, ", {} NEVER SENT", outcome.never_sent());
  if (outcome.duplicated > 0) fmt::print(out, ", {} again", outcome.duplicated);
  if (outcome.reordered > 0) fmt::print(out, ", {} out of order", outcome.reordered);
  if (direction.ledger.kept) {
    print_losses(out, outcome, direction.ledger);
  } else if (outcome.missing() > 0) {
    fmt::print(out, ", {} MISSING", outcome.missing());
  }
  fmt::print(out, "\n");
  for (const auto& [reason, count] : outcome.clear) {
    if (count > 0) fmt::print(out, "  in clear   {}: {}\n", reason, count);
  }
  for (const auto& [reason, count] : outcome.not_sent) {
    if (count > 0) fmt::print(out, "  not sent   {}: {}\n", reason, count);
  }
}

void print_tcp(std::ostream& out, const DirectionSummary& direction, bool flows) {
  const DirectionOutcome& outcome = *direction.outcome;
  const TcpOutcome& tcp = *outcome.tcp;
  const tcp::Counters& counters = tcp.counters;
  if (tcp.offered_bytes > 0) {
    fmt::print(out, "  bytes      {} of {} delivered in order, {}", tcp.delivered_bytes,
               tcp.offered_bytes - tcp.withdrawn_bytes,
               outcome.corrupted > 0 ? "NOT ALL AS THEY WERE SENT" : same(direction));
    if (tcp.undelivered_bytes > 0) fmt::print(out, ", {} MISSING", tcp.undelivered_bytes);
    fmt::print(out, "\n");
  }
  if (tcp.psp) {
    fmt::print(out, "  PSP        connections upgraded: {}; rekeys: {}; rotations of the device key: {}",
               tcp.psp->sockets.tx_assocs, tcp.psp->sockets.rx_rekeys, tcp.psp->core.key_rotations);
    if (tcp.psp->rotations_postponed > 0)
      fmt::print(out, "; postponed, keys of the last but one in use: {}", tcp.psp->rotations_postponed);
    fmt::print(out, "\n");
  }
  fmt::print(out, "  packets    {} sent, {}; {} with data, {} acknowledgments; {} received\n", outcome.sent,
             psp_share(direction, flows), counters.data_segments_sent, counters.acks_sent, outcome.received);
  if (counters.retransmitted_segments > 0) {
    fmt::print(
        out,
        "  sent again {} segments: {} losses told by duplicate acknowledgments, {} time-outs, {} of both "
        "false alarms; {} came though their data was there already\n",
        counters.retransmitted_segments, counters.fast_retransmits, counters.timeouts,
        counters.spurious_retransmits, tcp.came_again);
  }
}

// Says over which time, where that is not about the whole run.
void print_rate(std::ostream& out, const DirectionSummary& direction, base::Time window) {
  const double packets = direction.packets_per_second / 1e6;
  const DirectionOutcome& outcome = *direction.outcome;
  if (outcome.tcp && outcome.tcp->offered_bytes == 0) {
    fmt::print(out, "  rate       {:.3f} million packets/s on the wire", packets);
  } else {
    fmt::print(out, "  goodput    {:.2f} Gb/s of L4 payload, {:.3f} million packets/s on the wire",
               direction.goodput_bps / 1e9, packets);
  }
  if (us(direction.time) < kNearlyAll * us(window)) {
    fmt::print(out, ", over {:.3f} us of {:.3f} us", us(direction.time), us(window));
  }
  fmt::print(out, "\n");
}

const char* latency_span(const DirectionOutcome& outcome) {
  if (outcome.tcp) return "from the first transmit() to the other application";
  switch (outcome.latency_from) {
    case LatencyFrom::kOffer:
      return "from when it was offered to the other host";
    case LatencyFrom::kMessage:
      return "from its message's first transmit() to the other host";
    default:
      return "host to host";
  }
}

void print_direction(std::ostream& out, const char* name, const DirectionSummary& direction,
                     base::Time window, bool flows) {
  const DirectionOutcome& outcome = *direction.outcome;
  if (outcome.offered == 0 && outcome.sent == 0) return;
  fmt::print(out, "{}\n", name);
  if (outcome.tcp) {
    print_tcp(out, direction, flows);
  } else {
    print_packets(out, direction, flows);
  }
  print_rate(out, direction, window);
  if (outcome.latency.count() > 0) {
    fmt::print(out, "  latency    p50 {:.2f}  p90 {:.2f}  p99 {:.2f}  p99.9 {:.2f}  max {:.2f} us, {}\n",
               us(outcome.latency.percentile(50)), us(outcome.latency.percentile(90)),
               us(outcome.latency.percentile(99)), us(outcome.latency.percentile(99.9)),
               us(outcome.latency.max()), latency_span(outcome));
  }
}

void print_parts(std::ostream& out, const Summary& summary) {
  for (const DirectionPart& part : summary.parts) {
    const DirectionOutcome& outcome = *part.outcome;
    const std::string offered = outcome.offered > 0 ? fmt::format(" of {} offered", outcome.offered) : "";
    fmt::print(out, "  {:<10} {}{} sent{}, {} received; {:.2f} Gb/s, latency p50 {:.2f}  p99 {:.2f} us\n",
               part.name, outcome.sent, offered, part.from == kB ? " by host B" : "", outcome.verified,
               part.goodput_bps / 1e9, us(outcome.latency.percentile(50)),
               us(outcome.latency.percentile(99)));
  }
  if (!summary.parts.empty() && !summary.flows.empty()) {
    fmt::print(out, "  (these as the drivers sent them; the cards sealed the flows of --protect besides)\n");
  }
}

// What each queue of a host got of its direction; weights, rates and RSS are seen here.
void print_queues(std::ostream& out, const Summary& summary) {
  if (std::max(summary.queues[kA].size(), summary.queues[kB].size()) < 2) return;
  fmt::print(out, "\nQueues; frames as the hosts send them, a TSO frame once\n");
  for (const Side side : {kA, kB}) {
    for (size_t i = 0; i < summary.queues[side].size(); ++i) {
      const QueueUse& use = summary.queues[side][i];
      const double bits = 8.0 * static_cast<double>(use.sent_bytes);
      fmt::print(out, "  host {} queue {:<3} {:>9} frames sent {:>8.2f} Gb/s {:>9} packets received\n",
                 side == kA ? 'A' : 'B', i, use.sent_frames,
                 per_second(bits, summary.directions[side].time) / 1e9, use.received_packets);
    }
  }
}

void print_connections(std::ostream& out, const ConnectionOutcome& connections) {
  fmt::print(out, "Connections\n  {} in all, {} closed by FIN both ways", connections.opened,
             connections.closed);
  if (connections.reset > 0) fmt::print(out, ", {} ended by RST as intended", connections.reset);
  const uint64_t well = connections.closed + connections.reset;
  if (well < connections.opened) fmt::print(out, ", {} FAILED", connections.opened - well);
  fmt::print(out, "\n");
}

// "a", "a and b", "a, b and c".
std::string listed(const std::vector<std::string>& names) {
  if (names.size() < 2) return names.empty() ? "" : names.front();
  return fmt::format("{} and {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

void print_bottleneck(std::ostream& out, const Bottleneck& limit, double busiest) {
  if (!limit.blocks.empty()) {
    const bool own = busiest < kNearlyAll;  // the bars above are of the whole run
    fmt::print(out, "  Bottleneck: {}{}\n", listed(limit.blocks),
               own ? fmt::format(", busy {:.1f} % of its direction's time", 100 * limit.busy) : "");
  } else if (!limit.hosts.empty()) {
    for (const HostWait& wait : limit.hosts) {
      const bool ring = std::string_view(wait.parameter) == "host.ring";
      fmt::print(
          out,
          "  No block is busy above 95 %; host {} could send nothing more for {:.1f} % of the time: {}\n",
          wait.side == kA ? 'A' : 'B', 100 * wait.share,
          ring ? "its rings were full (host.ring; completions free them at every host.itr)"
               : fmt::format("the window was used up ({})", wait.parameter));
    }
  } else if (!limit.resources.empty()) {
    fmt::print(out, "  No block is busy above 95 %; what was waited for nearly all the time: {}\n",
               fmt::join(limit.resources, ", "));
  } else {
    fmt::print(out,
               "  No block is busy above 95 %, and nothing was waited for as long: what limits this run is "
               "latency, a rate, what the hosts offer, or something that limits only at times.\n");
  }
}

void print_blocks(std::ostream& out, const Summary& summary) {
  fmt::print(out, "\nBlocks by utilisation\n");
  for (size_t i = 0; i < std::min(kBlocksShown, summary.blocks.size()); ++i) {
    const BlockUse& block = summary.blocks[i];
    const int filled = static_cast<int>(block.utilisation * kBarWidth + 0.5);
    fmt::print(out, "  {:<28} {:5.1f} %  {:<{}}", block.name, 100 * block.utilisation,
               std::string(static_cast<size_t>(filled), '#'), kBarWidth);
    if (block.blocked > 0.005) fmt::print(out, "  blocked {:.1f} %", 100 * block.blocked);
    fmt::print(out, "\n");
  }
  if (summary.blocks.size() > kBlocksShown) {
    fmt::print(out, "  and {} more in report.json\n", summary.blocks.size() - kBlocksShown);
  }
  for (const auto& [reason, count] : summary.drops) {
    if (reason.ends_with("rx_overflow")) {
      fmt::print(out,
                 "  {}: {} packets overran the receive buffer; what drains it is too slow for what comes.\n",
                 reason, count);
    }
  }
  const double busiest = summary.blocks.empty() ? 0 : summary.blocks.front().utilisation;
  print_bottleneck(out, bottleneck(summary), busiest);
}

void print_crypto(std::ostream& out, const CryptoUse& crypto) {
  const crypto::CryptoCost& cost = crypto.cost;
  fmt::print(
      out, "\nCrypto of a card\n  {} {} {} each way, {} {} key derivation {}: {:.3f} million gates (NAND2)\n",
      crypto.lanes, crypto.lane, crypto.lanes == 1 ? "lane" : "lanes", crypto.units, crypto.unit,
      crypto.units == 1 ? "unit" : "units", static_cast<double>(cost.gates) / 1e6);
  fmt::print(out, "  Long packets, each way; gates per 100 Gb/s of the sum of both ways\n");
  for (const auto& [bits, bps] : {std::pair{128, cost.text_bps_128}, std::pair{256, cost.text_bps_256}}) {
    if (bps <= 0) continue;
    fmt::print(out, "  {}-bit keys  {:5.0f} Gb/s at {:g} GHz, {:.0f} thousand gates per 100 Gb/s\n", bits,
               bps / 1e9, crypto.clock_hz / 1e9, crypto::gates_per_100_gbps(cost, bps) / 1e3);
  }
}

void print_texts(std::ostream& out, const char* title, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  fmt::print(out, "\n{}\n", title);
  for (size_t i = 0; i < std::min(kTextsShown, texts.size()); ++i) fmt::print(out, "  {}\n", texts[i]);
  if (texts.size() > kTextsShown) fmt::print(out, "  and {} more\n", texts.size() - kTextsShown);
}

void print_flushes(std::ostream& out, const CardUse& card) {
  uint64_t all = 0;
  for (const auto& [reason, count] : card.flushes) all += count;
  if (all == 0) return;
  std::vector<std::string> shares;
  for (const auto& [reason, count] : card.flushes) {
    shares.push_back(
        fmt::format("{} {:.1f} %", reason, 100.0 * static_cast<double>(count) / static_cast<double>(all)));
  }
  fmt::print(out, "  handed on because of {}\n", fmt::join(shares, ", "));
}

void print_cards(std::ostream& out, const std::vector<CardUse>& cards) {
  for (const CardUse& card : cards) {
    if (card.coalesced > 0) {
      fmt::print(
          out,
          "\nHW-GRO of {}\n  {} packets, {:.2f} in a frame handed on; it adds p50 {:.2f}  p99 {:.2f} us\n",
          card.name, card.coalesced, card.per_frame, us(card.added_p50), us(card.added_p99));
      print_flushes(out, card);
    }
    if (const uint64_t looked = card.sa_hits + card.sa_misses; looked > 0) {
      fmt::print(out, "\nSA cache of {}\n  {} packets, {:.1f} % found their SA there", card.name, looked,
                 100.0 * static_cast<double>(card.sa_hits) / static_cast<double>(looked));
      if (card.sa_misses > 0)
        fmt::print(out, "; the others waited p50 {:.2f}  p99 {:.2f} us for it", us(card.sa_wait_p50),
                   us(card.sa_wait_p99));
      fmt::print(out, "\n");
    }
    if (card.pauses > 0) {
      fmt::print(out, "\nFlow control of {}\n  asked its peer to wait {} times, took it back {} times\n",
                 card.name, card.pauses, card.resumes);
    }
  }
}

// A rule with a slip in it leaves in clear what it was written for.
void print_flows(std::ostream& out, const std::vector<FlowUse>& flows) {
  std::vector<std::string> idle;
  for (size_t i = 0; i < flows.size(); ++i) {
    if (!flows[i].matched())
      idle.push_back(fmt::format("flow {}: NO PACKET of either host matched it", i + 1));
  }
  print_texts(out, "Flows of --protect without packets (what a driver seals itself is not looked up)", idle);
}

void print_faults(std::ostream& out, const Summary& summary) {
  if (summary.faults.empty() && summary.idle_faults.empty()) return;
  fmt::print(out, "\nFaults\n");
  for (const FaultCount& fault : summary.faults) fmt::print(out, "  {:<40} {}\n", fault.name, fault.count);
  for (const std::string& name : summary.idle_faults) {
    fmt::print(out, "  {:<40} ASKED FOR, NEVER ACTED in this run\n", name);
  }
}

std::string verdict(const Summary& summary) {
  if (const std::string why = first_fault(summary); !why.empty()) return "NOT ALL IS WELL: " + why;
  const auto& [a, b] = summary.directions;
  if (summary.packets_simulated() == 0 && a.outcome->sent + b.outcome->sent == 0) return "Nothing was sent.";
  const bool sent = a.outcome->sent + b.outcome->sent > 0;
  if (sent && a.outcome->received + b.outcome->received == 0)
    return "No packet was received; faults explain it.";
  const bool kept = a.ledger.kept || b.ledger.kept;
  const bool tcp = a.outcome->tcp.has_value();
  if (a.outcome->corrupted + b.outcome->corrupted > 0) {
    return "Not all received bytes equal the sent ones; faults explain it.";
  }
  if (!tcp && kept && a.outcome->missing() + b.outcome->missing() > 0) {
    return a.payload_compared ? "All received bytes equal the sent ones; faults explain what is missing."
                              : "All received packets are among those sent, payload not carried; faults "
                                "explain what is missing.";
  }
  if (!a.payload_compared) return "All received packets are those sent; their payload was not carried.";
  return "All received bytes equal the sent ones.";
}

}  // namespace

void print_summary(std::ostream& out, const Summary& summary) {
  fmt::print(out, "{:.3f} us simulated\n\n", us(summary.window));
  if (summary.connections) print_connections(out, *summary.connections);
  if (summary.control) print_control(out, *summary.control);
  print_direction(out, "Host A to host B", summary.directions[kA], summary.window, !summary.flows.empty());
  print_direction(out, "Host B to host A", summary.directions[kB], summary.window, !summary.flows.empty());
  if (summary.traffic) print_traffic(out, *summary.traffic);
  print_parts(out, summary);
  print_queues(out, summary);
  fmt::print(out, "\nDrops\n");
  if (summary.drops.empty()) fmt::print(out, "  none\n");
  for (const auto& [reason, count] : summary.drops) fmt::print(out, "  {:<32} {}\n", reason, count);
  print_flows(out, summary.flows);
  print_faults(out, summary);
  print_cards(out, summary.cards);
  print_blocks(out, summary);
  print_explanation(out, summary.explanation);
  if (summary.crypto.lanes > 0) print_crypto(out, summary.crypto);
  if (summary.connections) {
    print_texts(out, "Connections that did not end as they should", summary.connections->faults);
  }
  print_driver_reports(out, summary);
  print_texts(out, "What the devices did wrong", summary.anomalies);
  print_texts(out, "What the wire checker found", summary.check_findings);
  print_texts(out, "Functions given up", summary.given_up);
  if (!summary.imbalance.empty()) fmt::print(out, "\nBlocks that do not balance\n{}", summary.imbalance);
  if (!summary.stall.empty())
    fmt::print(out,
               "\nWhat is left in the cards, as packets are missing that nobody dropped, or a function does "
               "not answer\n{}",
               summary.stall);
  if (!summary.input_error.empty()) {
    fmt::print(out, "\nThe input broke off; what was read before is above\n  {}\n", summary.input_error);
  }
  if (summary.packets_simulated() == 0) fmt::print(out, "\nNo packet crossed the cable.");
  fmt::print(out, "\n{}\n", verdict(summary));
}

}  // namespace pspnic::bench
