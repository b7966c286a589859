// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/summary.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "model/base/stats_json.h"
#include "testbench/bench/driver_reports.h"

namespace pspnic::bench {

namespace {

constexpr double kBusyEnough = 0.95;
constexpr double kWaitedEnough = 0.9;  // nobody waits before the first packets are there, nor behind the last
constexpr double kMostOfTheTime = 0.5;
constexpr double kNearTie = 0.01;  // blocks this close behind the busiest are named with it

// Blocks say how busy they are in formulas of these names.
class UseFinder : public base::StatVisitor {
 public:
  UseFinder(const base::DumpContext& context, Summary& summary)
      : context_(context), blocks_(summary.blocks), waits_(summary.waits) {}
  void visit(const base::Counter&) override {}
  void visit(const base::CounterArray&) override {}
  void visit(const base::Gauge&) override {}
  void visit(const base::Histogram&) override {}
  void visit(const base::Formula& formula) override {
    const double value = formula.value(context_);
    const std::string full = formula.full_name();
    const std::string block = full.substr(0, full.rfind('.'));
    if (formula.name() == "admitted" && block.ends_with("_door")) {
      admitted_ = finite(value);
    } else if (formula.name() == "door_waiting") {
      at_door_ =
          context_.elapsed_ps > 0 ? admitted_ * finite(value) / static_cast<double>(context_.elapsed_ps) : 0;
    } else if (formula.name() == "utilisation" || formula.name() == "busy") {
      blocks_.push_back({.name = block, .utilisation = finite(value)});
    } else if (formula.name() == "blocked" && !blocks_.empty() && blocks_.back().name == block) {
      blocks_.back().stage = true;
      blocks_.back().blocked = finite(value);
      blocks_.back().at_door = std::exchange(at_door_, 0);  // of the first stage behind the door
    } else if (formula.name() == "starved" && !blocks_.empty() && blocks_.back().name == block) {
      blocks_.back().starved = finite(value);
    } else if (formula.name() == "waited" && std::isfinite(value) && value > 0) {
      waits_.push_back({block, value});
    }
  }

 private:
  static double finite(double value) { return std::isfinite(value) ? value : 0.0; }
  const base::DumpContext& context_;
  std::vector<BlockUse>& blocks_;
  std::vector<WaitShare>& waits_;
  double admitted_ = 0;
  double at_door_ = 0;
};

CryptoUse crypto_use(const nic::CryptoParams& params) {
  return {.lanes = params.gcm.lanes,
          .units = params.kdf.units,
          .lane = crypto::timing_of(params.gcm).name,
          .unit = crypto::timing_of(params.kdf.unit).name,
          .clock_hz = static_cast<double>(params.gcm.clock.hz),
          .cost = crypto::cost_of(params.gcm, params.kdf)};
}

std::vector<std::pair<std::string, uint64_t>> flush_reasons(const base::CounterArray& flushes) {
  std::vector<std::pair<std::string, uint64_t>> reasons;
  for (size_t i = 0; i < flushes.size(); ++i) {
    if (flushes[i] > 0) reasons.emplace_back(flushes.label(i), flushes[i]);
  }
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return reasons;
}

// Of all functions' drivers; adds what they dropped to the list, and returns how many frames that were.
uint64_t drops_of_drivers(Platform& platform, Side side,
                          std::vector<std::pair<std::string, uint64_t>>& drops) {
  const HostDrivers& drivers = platform.drivers(side);
  uint64_t sum = 0;
  for (const host::DriverStatEntry& entry : host::driver_stat_entries()) {
    if (!entry.drops) continue;
    for (unsigned function = 0; function < drivers.functions(); ++function) {
      const uint64_t count = drivers.driver(function).stats().*entry.member;
      if (count == 0) continue;
      const std::string host = HostDrivers::full_name(side == kA ? "host_a" : "host_b", function);
      drops.emplace_back(host + "." + entry.name, count);
      sum += count;
    }
  }
  return sum;
}

CardUse card_use(const nic::Nic& nic) {
  const rx::GroStats& gro = nic.receive_path().gro_stats();
  const tx::SaLoader* loader = nic.sa_loader();
  return {.name = nic.violations().device(),
          .coalesced = gro.segments.count() > 0 ? gro.packets.value() : 0,
          .per_frame = gro.segments.mean(),
          .added_p50 = gro.added_latency.percentile(50),
          .added_p99 = gro.added_latency.percentile(99),
          .flushes = flush_reasons(gro.flushes),
          .pauses = nic.flow_control().sent(),
          .resumes = nic.flow_control().resumed(),
          .sa_hits = loader != nullptr ? loader->hits() : 0,
          .sa_misses = loader != nullptr ? loader->misses() : 0,
          .sa_wait_p50 = loader != nullptr ? loader->wait().percentile(50) : 0,
          .sa_wait_p99 = loader != nullptr ? loader->wait().percentile(99) : 0};
}

DirectionSummary summarize_direction(Platform& platform, const Workload& workload, Side side) {
  DirectionSummary summary;
  summary.outcome = &workload.outcome(side);
  summary.to = platform.peer(side);
  const Cable& cable = platform.cable(side);
  summary.wire_frames = cable.frames();
  summary.sealed = platform.nic(side).transmit_path().stats().psp_packets.value();
  const base::Time wire_time = cable.last_departure() - cable.first_departure();
  if (summary.wire_frames > 1 && wire_time > 0) {
    summary.wire_packets_per_second =
        static_cast<double>(summary.wire_frames - 1) * 1e12 / static_cast<double>(wire_time);
  }
  const base::Time first = summary.outcome->first_sent;
  const base::Time last = std::max(summary.outcome->last_received, cable.last_arrival());
  if (summary.outcome->sent > 0 && last > first) summary.time = last - first;
  summary.goodput_bps = per_second(8.0 * static_cast<double>(summary.outcome->payload_bytes), summary.time);
  summary.packets_per_second = per_second(static_cast<double>(summary.wire_frames), summary.time);
  return summary;
}

// Kinds of traffic that are offered at rates of their own end at different times: overload of one must not
// look like a lower rate of another.
base::Time part_time(const Workload::Part& part, const Summary& summary) {
  const DirectionOutcome& outcome = *part.outcome;
  if (outcome.offered == 0) return summary.directions[part.from].time;
  return outcome.last_received > outcome.first_sent ? outcome.last_received - outcome.first_sent : 0;
}

}  // namespace

double per_second(double amount, base::Time time) {
  return time > 0 ? amount * 1e12 / static_cast<double>(time) : 0;
}

bool FlowUse::matched() const {
  uint64_t sum = 0;
  for (const Side side : {kA, kB}) sum += sealed[side] + taken[side] + dropped[side];
  return sum > 0;
}

uint64_t Summary::packets_simulated() const {
  return directions[kA].wire_frames + directions[kB].wire_frames;
}

Summary summarize(Platform& platform, const Workload& workload, const PlatformParams& params) {
  Summary summary;
  const bool faults = faults_wanted(params);
  summary.faults = count_faults(platform);
  summary.faults_seen = faults_seen(platform, params);
  summary.window = platform.window();
  summary.crypto = crypto_use(params.nic.crypto);
  summary.area = nic::area_of(params.nic).gates();
  summary.input_error = workload.input_error();
  summary.host_waits = workload.waits(summary.window);
  if (faults) summary.idle_faults = idle_faults(platform, params);
  if (workload.control() != nullptr) summary.control = *workload.control();
  if (workload.traffic() != nullptr) summary.traffic = *workload.traffic();
  if (workload.connections() != nullptr) summary.connections = *workload.connections();
  const bool well_ended = !summary.connections || summary.connections->faults.empty();
  uint64_t missing = 0;
  uint64_t dropped = 0;
  for (const Side side : {kA, kB}) {
    summary.directions[side] = summarize_direction(platform, workload, side);
    DirectionSummary& direction = summary.directions[side];
    direction.payload_compared = params.simulation.payload == net::Payload::kBytes;
    const DirectionOutcome& outcome = *direction.outcome;
    if (faults) {
      direction.ledger = keep_ledger(platform, outcome, side, summary.faults_seen);
      direction.odd = unexplained_oddities(platform, outcome, side, summary.faults_seen);
    }
    missing += outcome.tcp && well_ended ? 0 : outcome.lost() - std::min(outcome.lost(), outcome.corrupted);
    const nic::Nic& nic = platform.nic(side);
    const std::string name = nic.violations().device();
    for (size_t i = 0; i < nic.drops().size(); ++i) {
      if (nic.drops()[i] == 0) continue;
      dropped += nic.drops()[i];
      summary.drops.emplace_back(name + "." + nic.drops().label(i), nic.drops()[i]);
    }
    dropped += drops_of_drivers(platform, side, summary.drops);
    summary.imbalance += nic.imbalance();
    summary.cards.push_back(card_use(nic));
  }
  for (const Workload::Part& part : workload.parts()) {
    const double bits = 8.0 * static_cast<double>(part.outcome->payload_bytes);
    summary.parts.push_back({part.from, part.name, part.outcome, per_second(bits, part_time(part, summary))});
  }
  if (missing > dropped && !faults) {
    for (const Side side : {kA, kB}) summary.stall += platform.nic(side).explain_stall();
  }
  const base::DumpContext context{summary.window};
  summary.statistics = std::make_shared<nlohmann::ordered_json>(base::json_of(platform.stats(), context));
  UseFinder finder(context, summary);
  platform.stats().visit(finder);
  std::stable_sort(summary.blocks.begin(), summary.blocks.end(),
                   [](const BlockUse& a, const BlockUse& b) { return a.utilisation > b.utilisation; });
  std::stable_sort(summary.waits.begin(), summary.waits.end(),
                   [](const WaitShare& a, const WaitShare& b) { return a.share > b.share; });
  return summary;
}

void add_findings(Summary& summary, Platform& platform, const WireChecker& checker) {
  summary.check_findings = checker.findings();
  for (size_t i = 0; i < static_cast<size_t>(CheckRule::kCount); ++i) {
    summary.check_failures += checker.count(static_cast<CheckRule>(i));
  }
  if (platform.recovery() != nullptr) {
    const std::vector<std::string>& failures = platform.recovery()->failures();
    summary.given_up.insert(summary.given_up.end(), failures.begin(), failures.end());
  }
  for (const Side side : {kA, kB}) {
    const std::string name = platform.nic(side).violations().device();
    add_driver_reports(summary, platform.nic(side), card_faults_seen(platform, side));
    const HostDrivers& drivers = platform.drivers(side);
    for (unsigned function = 0; function < drivers.functions(); ++function) {
      for (const std::string& anomaly : drivers.driver(function).anomalies()) {
        summary.anomalies.push_back("driver of " + HostDrivers::full_name(name, function) + ": " + anomaly);
      }
    }
  }
}

double share_of_own_time(const Summary& summary, const std::string& name, double share) {
  for (const Side side : {kA, kB}) {
    const DirectionSummary& direction = summary.directions[side];
    const char* sender = side == kA ? "nic_a.tx" : "nic_b.tx";
    const char* receiver = direction.to == kA ? "nic_a.rx" : "nic_b.rx";
    if (direction.time == 0 || !(name.starts_with(sender) || name.starts_with(receiver))) continue;
    return std::min(1.0, share * static_cast<double>(summary.window) / static_cast<double>(direction.time));
  }
  return share;
}

Bottleneck bottleneck(const Summary& summary) {
  Bottleneck found;
  const auto busy_of = [&](const BlockUse& block) {
    return share_of_own_time(summary, block.name, block.utilisation);
  };
  for (const BlockUse& block : summary.blocks) found.busy = std::max(found.busy, busy_of(block));
  for (const BlockUse& block : summary.blocks) {
    const double busy = busy_of(block);
    if (busy >= kBusyEnough && busy >= found.busy - kNearTie) found.blocks.push_back(block.name);
  }
  std::stable_sort(found.blocks.begin(), found.blocks.end(), [&](const std::string& a, const std::string& b) {
    const auto busy = [&](const std::string& name) {
      return busy_of(*std::ranges::find(summary.blocks, name, &BlockUse::name));
    };
    return busy(a) > busy(b);
  });
  if (!found.blocks.empty()) return found;
  for (const WaitShare& wait : summary.waits) {
    if (share_of_own_time(summary, wait.name, wait.share) >= kWaitedEnough)
      found.resources.push_back(wait.name);
  }
  // A host whose ring is full because the card is slow is no limit.
  if (!found.resources.empty()) return found;
  for (const HostWait& wait : summary.host_waits) {
    const std::string host_sends = wait.side == kA ? "nic_a.tx" : "nic_b.tx";
    const double share = share_of_own_time(summary, host_sends, wait.share);
    if (share >= kMostOfTheTime) found.hosts.push_back({wait.side, wait.parameter, share});
  }
  return found;
}

}  // namespace pspnic::bench
