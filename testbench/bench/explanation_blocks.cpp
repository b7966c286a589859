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

std::string next_of(const std::string& card, std::string_view stage) {
  if (const size_t at = position(kTxStages, stage); at + 1 < kTxStages.size()) {
    return card + "." + std::string(kTxStages[at + 1]);
  }
  if (const size_t at = position(kRxStages, stage); at + 1 < kRxStages.size()) {
    return card + "." + std::string(kRxStages[at + 1]);
  }
  return stage == kTxStages.back() ? "flow control of " + peer_of(card) : card + ".pcie.upstream";
}

// What keeps a card's reads of packets from going on: the resource that was waited for longest, a link, or
// that its host has nothing more for it.
std::string source_of(const Summary& summary, const std::string& card) {
  for (const char* link : {".pcie.downstream", ".pcie.upstream"}) {
    const BlockUse* block = find_block(summary, card + link);
    if (block != nullptr && block->utilisation >= kBusyEnough) return block->name;
  }
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
  const BlockUse* busiest = nullptr;
  const auto look = [&](const std::string& owner, std::string_view name) {
    const BlockUse* block = find_block(summary, owner + "." + std::string(name));
    const bool busier = block != nullptr && (busiest == nullptr || block->utilisation > busiest->utilisation);
    if (busier) busiest = block;
  };
  for (size_t i = 0; rx && i < in_rx; ++i) look(card, kRxStages[i]);
  for (size_t i = 0; i < (rx ? kTxStages.size() : position(kTxStages, stage)); ++i)
    look(sender, kTxStages[i]);
  if (busiest != nullptr && busiest->utilisation >= kBusyEnough) return busiest->name;
  return source_of(summary, sender);
}

std::string percent(double share) {
  return fmt::format("{:.1f} %", 100 * share);
}

void say_limit(const Summary& summary, std::vector<std::string>& text) {
  const Bottleneck limit = bottleneck(summary);
  if (!limit.blocks.empty()) {
    std::string line = "Limited by " + limit.blocks.front() + ": busy " +
                       percent(summary.blocks.front().utilisation) + " of the time";
    for (size_t i = 1; i < limit.blocks.size(); ++i)
      line += (i == 1 ? "; as busy: " : ", ") + limit.blocks[i];
    text.push_back(line + ".");
  } else if (!limit.hosts.empty()) {
    const HostWait& wait = limit.hosts.front();
    text.push_back(fmt::format("Limited by {}: host {} could send nothing more {} of the time.",
                               wait.parameter, wait.side == kA ? 'A' : 'B', percent(wait.share)));
  } else if (!limit.resources.empty()) {
    text.push_back(fmt::format("Limited by {}: somebody waited for it {} of the time, and no block is busy.",
                               limit.resources.front(), percent(summary.waits.front().share)));
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
      if (use.starved > 0) state.starved_by = source_before(summary, card, stage);
    }
    states.push_back(std::move(state));
  }
  return states;
}

std::vector<std::string> conclusion(const Summary& summary, const Explanation& explanation) {
  std::vector<std::string> text;
  say_limit(summary, text);
  say_who_waits(summary, explanation, text);
  say_time(explanation, text);
  return text;
}

}  // namespace pspnic::bench
