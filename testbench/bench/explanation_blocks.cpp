// SPDX-License-Identifier: Apache-2.0
// Who keeps a block from working, and what limits a run.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "testbench/bench/explanation.h"
#include "testbench/bench/summary.h"

namespace pspnic::bench {

namespace {

constexpr double kBusyEnough = 0.9;
constexpr double kWorthNaming = 0.05;  // shares below are not spoken of
constexpr double kSmallShare = 1e-6;   // far from where shares are cut
constexpr size_t kWaitsNamed = 3;

// The stages of a direction in the order of the way, behind the name of their card.
constexpr std::array<std::string_view, 4> kTxStages = {"tx.stages.parse", "tx.stages.edit",
                                                       "tx.stages.crypto", "tx.stages.mac"};
constexpr std::array<std::string_view, 4> kRxStages = {"rx.stages.parse", "rx.stages.kdf", "rx.stages.crypto",
                                                       "rx.stages.place"};

std::string card_of(std::string_view name) {
  return std::string(name.substr(0, name.find('.')));
}
std::string peer_of(const std::string& card) {
  return card == "nic_a" ? "nic_b" : "nic_a";
}
std::string host_of(const std::string& card) {
  return card == "nic_a" ? "host_a" : "host_b";
}

// Position of a stage in its list; the list's size if it is in the other one.
template <size_t N>
size_t position(const std::array<std::string_view, N>& stages, std::string_view stage) {
  return static_cast<size_t>(std::find(stages.begin(), stages.end(), stage) - stages.begin());
}

const BlockUse* find_block(const Summary& summary, const std::string& name) {
  for (const BlockUse& block : summary.blocks) {
    if (block.name == name) return &block;
  }
  return nullptr;
}

// Only these have something behind that can be full (docs/explain.md). Empty for others, which are never
// blocked: what cannot go on waits at a later stage's door.
std::string next_of(const std::string& card, std::string_view stage) {
  if (stage == "tx.stages.parse") return card + ".tx.stages.edit";
  if (stage == "rx.stages.kdf") return card + ".rx.stages.crypto";
  return stage == "tx.stages.mac" ? "flow control of " + peer_of(card) : "";
}

// The parameter of the buffer in front of a stage; empty for one that is not asked about.
std::string_view queue_of(std::string_view stage) {
  if (stage == "tx.stages.parse" || stage == "tx.stages.edit") return "nic.tx.queue_packets";
  if (stage == "rx.stages.parse" || stage == "rx.stages.place") return "nic.rx.queue_packets";
  if (stage == "rx.stages.kdf") return "nic.crypto.kdf.queue_packets";
  return stage.ends_with(".crypto") ? "nic.crypto.gcm.queue_packets" : "";
}

// Servers are free, and yet packets wait for room in the stage's buffer, which those in service fill: in the
// mean one at the door or, where a stage is in front, that stage blocked while this one had nothing to do.
bool held_by_own_queue(const Summary& summary, const BlockUse& use, const std::string& card,
                       std::string_view stage) {
  const auto own = [&](double share) { return share_of_own_time(summary, use.name, share); };
  const double free = 1 - own(use.utilisation) - own(use.blocked);
  if (free < kWorthNaming || queue_of(stage).empty()) return false;
  if (use.at_door >= 1) return true;
  for (const BlockUse& before : summary.blocks) {
    if (!before.name.starts_with(card + ".") || before.blocked <= 0) continue;
    const bool in_front = next_of(card, std::string_view(before.name).substr(card.size() + 1)) == use.name;
    if (in_front && own(before.blocked) + free > 1 + kWorthNaming) return true;
  }
  return false;
}

// What keeps a card's reads of packets from going on: the resource that was waited for longest, a link, or
// that its host has nothing more for it.
std::string source_of(const Summary& summary, const std::string& card) {
  const BlockUse* busier = nullptr;
  for (const char* link : {".pcie.downstream", ".pcie.upstream"}) {
    const BlockUse* block = find_block(summary, card + link);
    if (block == nullptr || block->utilisation < kBusyEnough) continue;
    if (busier == nullptr || block->utilisation > busier->utilisation) busier = block;
  }
  if (busier != nullptr) return busier->name;
  for (const WaitShare& wait : summary.waits) {
    const bool reads = wait.name.starts_with(card + ".tx_fetch.") || wait.name == card + ".pcie.tags";
    if (reads && wait.share >= kWorthNaming) return wait.name;
  }
  return host_of(card);
}

// The block before it that is busiest, if it is busy enough to be why; else what feeds the first one.
std::string source_before(const Summary& summary, const std::string& card, std::string_view stage) {
  const size_t in_rx = position(kRxStages, stage);
  const bool rx = in_rx < kRxStages.size();
  const std::string sender = rx ? peer_of(card) : card;
  const auto busy_of = [&](const BlockUse& block) {
    return share_of_own_time(summary, block.name, block.utilisation);
  };
  const BlockUse* busiest = nullptr;
  const auto look = [&](const std::string& owner, std::string_view name) {
    const BlockUse* block = find_block(summary, owner + "." + std::string(name));
    if (block == nullptr) return;
    if (busiest == nullptr || busy_of(*block) > busy_of(*busiest)) busiest = block;
  };
  for (size_t i = 0; rx && i < in_rx; ++i) look(card, kRxStages[i]);
  for (size_t i = 0; i < (rx ? kTxStages.size() : position(kTxStages, stage)); ++i)
    look(sender, kTxStages[i]);
  if (busiest != nullptr && busy_of(*busiest) >= kBusyEnough) return busiest->name;
  return source_of(summary, sender);
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

// The longest of the ways that it belongs to, if that is not the whole window.
std::string of_the_time(const Summary& summary, const std::string& name) {
  const double own = share_of_own_time(summary, name, kSmallShare);
  if (own < kSmallShare / kBusyEnough) return "of the time";
  return fmt::format("of the {:.0f} us of its direction", static_cast<double>(summary.window) * kSmallShare /
                                                              own / static_cast<double>(base::kUs));
}

void say_blocks(const Summary& summary, const Bottleneck& limit, std::vector<std::string>& text) {
  const std::string& first = limit.blocks.front();
  std::string line =
      fmt::format("Limited by {}: busy {} {}", first, percent(limit.busy), of_the_time(summary, first));
  for (size_t i = 1; i < limit.blocks.size(); ++i) line += (i == 1 ? "; as busy: " : ", ") + limit.blocks[i];
  text.push_back(line + ".");
}

// Stages whose own queue is too short for what is in service; the freest first.
void say_short_queues(const Explanation& explanation, std::vector<std::string>& text) {
  const BlockState* freest = nullptr;
  for (const BlockState& block : explanation.blocks) {
    if (!block.starved_by.ends_with("queue_packets")) continue;
    if (freest == nullptr || block.starved > freest->starved) freest = &block;
  }
  if (freest == nullptr) return;
  text.push_back(
      fmt::format("{} is free {} of the time while packets wait for room in its queue: {} may be too small.",
                  freest->name, percent(freest->starved), freest->starved_by));
}

void say_limit(const Summary& summary, std::vector<std::string>& text) {
  const Bottleneck limit = bottleneck(summary);
  if (!limit.blocks.empty()) {
    say_blocks(summary, limit, text);
  } else if (!limit.hosts.empty()) {
    const HostWait& wait = limit.hosts.front();
    text.push_back(fmt::format("Limited by {}: host {} could send nothing more {} of the time.",
                               wait.parameter, wait.side == kA ? 'A' : 'B', percent(wait.share)));
  } else if (!limit.resources.empty()) {
    const std::string& first = limit.resources.front();
    const auto wait = std::ranges::find(summary.waits, first, &WaitShare::name);
    text.push_back(fmt::format("Limited by {}: somebody waited for it {} {}, and no block is busy.", first,
                               percent(share_of_own_time(summary, first, wait->share)),
                               of_the_time(summary, first)));
  } else if (!summary.blocks.empty()) {
    text.push_back(fmt::format("Nothing limits the rate all the time; the busiest block is {}, {}.",
                               summary.blocks.front().name, percent(summary.blocks.front().utilisation)));
  }
}

// Who stands before the first block that limits, for want of it.
void say_who_waits(const Summary& summary, const Explanation& explanation, std::vector<std::string>& text) {
  std::vector<std::string> waits;
  for (const BlockState& block : explanation.blocks) {
    if (block.blocked < kWorthNaming) continue;
    waits.push_back(
        fmt::format("{} is blocked by {} {}", block.name, block.blocked_by, percent(block.blocked)));
  }
  bool any = false;
  for (const WaitShare& wait : summary.waits) {
    if (wait.share < kWorthNaming) continue;
    waits.push_back(fmt::format("{}for {} {}", any ? "" : "packets wait ", wait.name, percent(wait.share)));
    any = true;
  }
  if (waits.empty()) return;
  if (waits.size() > kWaitsNamed) waits.resize(kWaitsNamed);
  std::string line = waits.front();
  for (size_t i = 1; i < waits.size(); ++i) line += (i + 1 == waits.size() ? ", and " : ", ") + waits[i];
  line[0] = line[0] == 'p' ? 'P' : line[0];
  text.push_back(line + " of the time.");
}

void say_time(const Explanation& explanation, std::vector<std::string>& text) {
  for (const Side side : {kA, kB}) {
    const WayTime& way = explanation.ways[side];
    const auto longest = std::max_element(way.steps.begin(), way.steps.end(),
                                          [](const Step& a, const Step& b) { return a.time() < b.time(); });
    if (longest == way.steps.end() || way.mean <= 0) continue;
    const bool waits = longest->wait > longest->work;
    text.push_back(fmt::format("From {} a packet takes {:.2f} us; the longest part is {}, {}{}.",
                               side == kA ? "A to B" : "B to A", way.mean / 1e6, longest->name,
                               percent(longest->time() / way.mean), waits ? ", most of it waiting" : ""));
  }
}

}  // namespace

std::vector<BlockState> block_states(const Summary& summary) {
  std::vector<BlockState> states;
  for (const BlockUse& use : summary.blocks) {
    BlockState state{.name = use.name, .stage = use.stage, .busy = use.utilisation};
    if (use.stage) {
      const std::string card = card_of(use.name);
      const std::string_view stage = std::string_view(use.name).substr(card.size() + 1);
      state.blocked = use.blocked;
      state.starved = use.starved;
      if (use.blocked > 0) state.blocked_by = next_of(card, stage);
      if (held_by_own_queue(summary, use, card, stage)) {
        state.starved_by = queue_of(stage);
      } else if (use.starved > 0) {
        state.starved_by = source_before(summary, card, stage);
      }
    }
    states.push_back(std::move(state));
  }
  return states;
}

std::vector<std::string> conclusion(const Summary& summary, const Explanation& explanation) {
  std::vector<std::string> text;
  say_limit(summary, text);
  say_short_queues(explanation, text);
  say_who_waits(summary, explanation, text);
  say_time(explanation, text);
  return text;
}

}  // namespace pspnic::bench
