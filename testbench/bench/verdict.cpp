// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/verdict.h"

#include <fmt/format.h>

#include <algorithm>

namespace pspnic::bench {

namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

// "what: the first (and 2 more)"; empty without any.
std::string first_of(const char* what, const std::vector<std::string>& texts, uint64_t all) {
  if (all == 0) return {};
  std::string text = fmt::format("{}: {}", what, texts.empty() ? "something" : first_line(texts.front()));
  if (all > 1) text += fmt::format(" (and {} more)", all - 1);
  return text;
}

std::string first_of(const char* what, const std::vector<std::string>& texts) {
  return first_of(what, texts, texts.size());
}

std::string odd_packets(uint64_t corrupted, uint64_t duplicated, uint64_t reordered) {
  if (corrupted > 0) return fmt::format("{} packets corrupted", corrupted);
  if (duplicated > 0) return fmt::format("{} packets came again", duplicated);
  return reordered > 0 ? fmt::format("{} packets out of order", reordered) : std::string();
}

std::string fault_of_tcp(const DirectionOutcome& outcome) {
  if (outcome.corrupted > 0) return "bytes not as they were sent";
  const uint64_t missing = outcome.tcp->undelivered_bytes;
  return missing > 0 ? fmt::format("{} of {} bytes missing", missing, outcome.tcp->offered_bytes)
                     : std::string();
}

// In a run with faults: what they do not explain.
std::string fault_of_ledger(const DirectionSummary& direction) {
  const DirectionOutcome& outcome = *direction.outcome;
  const Oddities& odd = direction.odd;
  if (odd.any()) return odd_packets(odd.corrupted, odd.duplicated, odd.reordered) + " without explanation";
  const auto lost = std::ranges::find(direction.ledger.losses, false, &Loss::explained);
  if (const uint64_t all = direction.ledger.unexplained(); all > 0) {
    const bool named = lost != direction.ledger.losses.end();
    return fmt::format("{} packets lost without explanation{}", all, named ? ", first: " + lost->name : "");
  }
  return outcome.never_sent() > 0 ? fmt::format("{} packets never sent", outcome.never_sent())
                                  : std::string();
}

std::string most_drops(const Summary& summary) {
  const auto most = std::ranges::max_element(summary.drops, {}, &std::pair<std::string, uint64_t>::second);
  if (most == summary.drops.end()) return "; nobody says that he dropped them";
  return fmt::format("; dropped: {} {}", most->first, most->second);
}

std::string fault_of_direction(const Summary& summary, Side side) {
  const DirectionSummary& direction = summary.directions[side];
  const DirectionOutcome& outcome = *direction.outcome;
  std::string text;
  if (outcome.tcp) {
    text = fault_of_tcp(outcome);
  } else if (direction.ledger.kept) {
    text = fault_of_ledger(direction);
  } else if (!outcome.complete()) {
    text = odd_packets(outcome.corrupted, outcome.duplicated, outcome.reordered);
    if (outcome.missing() > 0) {
      text += fmt::format("{}{} of {} packets missing{}", text.empty() ? "" : ", ", outcome.missing(),
                          outcome.sent, most_drops(summary));
    }
  }
  return text.empty() ? text : fmt::format("{}: {}", side == kA ? "A to B" : "B to A", text);
}

// With faults, and with overload on purpose, requests may get lost as their packets do.
std::string fault_of_requests(const Summary& summary) {
  if (!summary.traffic || !summary.traffic->transactions || summary.directions[kA].ledger.kept) return {};
  const TransactionOutcome& transactions = *summary.traffic->transactions;
  if (transactions.lost == 0) return {};
  return fmt::format("{} of {} requests had no whole answer within traffic.rpc.timeout", transactions.lost,
                     transactions.begun);
}

std::string fault_of_control(const Summary& summary) {
  if (!summary.control) return {};
  if (!summary.control->faults.empty()) return first_of("control plane", summary.control->faults);
  const uint64_t refused = summary.control->refused;
  return refused > 0 ? fmt::format("control plane: {} connections refused", refused) : std::string();
}

}  // namespace

std::string first_fault(const Summary& summary) {
  if (!summary.input_error.empty()) return "the input broke off: " + first_line(summary.input_error);
  std::vector<std::string> texts = {first_of("given up", summary.given_up),
                                    first_of("wire checker", summary.check_findings, summary.check_failures)};
  texts.push_back(first_of("driver", summary.failures));
  if (!explains_anomalies(summary.faults_seen)) texts.push_back(first_of("device", summary.anomalies));
  if (!summary.imbalance.empty()) texts.push_back("does not balance: " + first_line(summary.imbalance));
  if (summary.connections) texts.push_back(first_of("TCP", summary.connections->faults));
  texts.push_back(fault_of_control(summary));
  for (const Side side : {kA, kB}) texts.push_back(fault_of_direction(summary, side));
  texts.push_back(fault_of_requests(summary));
  const auto found = std::ranges::find_if(texts, [](const std::string& text) { return !text.empty(); });
  return found == texts.end() ? std::string() : *found;
}

bool Summary::all_well() const {
  return first_fault(*this).empty();
}

}  // namespace pspnic::bench
