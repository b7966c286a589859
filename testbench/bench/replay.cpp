// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/replay.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace pspnic::bench {

namespace {

uint64_t hash_of(std::span<const uint8_t> bytes) {
  return std::hash<std::string_view>{}({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

class ReplayWorkload::Host : public host::Stack {
 public:
  Host(ReplayWorkload& workload, Side side) : workload_(workload), side_(side) {}
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    workload_.receive(workload_.platform_->peer(side_), frame, info);
  }
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned queue) override { workload_.fill(side_, queue); }

 private:
  ReplayWorkload& workload_;
  Side side_;
};

ReplayWorkload::ReplayWorkload(const ReplayParams& params, ReplayInput input, KeyLog& keys)
    : params_(params), input_(std::move(input)), keys_(keys), progress_(input_.packets.size()) {
  uint64_t counts[kSides][static_cast<size_t>(Treatment::kCount)] = {};
  for (ReplayPacket& packet : input_.packets) {
    counts[packet.from][static_cast<size_t>(packet.treatment)]++;
    directions_[packet.from].outcome.offered++;
  }
  for (const Side side : {kA, kB}) {
    hosts_[side] = std::make_unique<Host>(*this, side);
    directions_[side].sent_at.resize(input_.packets.size());
    directions_[side].mode = std::make_unique<PspModeSource>(params_.mode, side);
    for (size_t i = 1; i < static_cast<size_t>(Treatment::kCount); ++i) {
      const auto treatment = static_cast<Treatment>(i);
      auto& list = is_sent(treatment) ? directions_[side].outcome.clear : directions_[side].outcome.not_sent;
      list.emplace_back(text(treatment), counts[side][i]);
    }
  }
}

ReplayWorkload::~ReplayWorkload() = default;

host::Stack& ReplayWorkload::stack(Side side) {
  return *hosts_[side];
}

void ReplayWorkload::prepare(Platform& platform) {
  platform_ = &platform;
  for (const Side side : {kA, kB}) {
    // The frames carry the capture's addresses, not the cards'.
    platform.driver(side).set_promiscuous(true, true);
    Direction& direction = directions_[side];
    const unsigned queues = platform.driver(side).queue_pairs();
    direction.queues.resize(queues);
    direction.next.resize(queues);
    direction.timer.resize(queues, base::kNever);
    agree_on_keys(platform, side);
  }
  for (uint32_t i = 0; i < input_.packets.size(); ++i) {
    const ReplayPacket& packet = input_.packets[i];
    if (!is_sent(packet.treatment)) continue;
    Direction& direction = directions_[packet.from];
    direction.queues[packet.flow % direction.queues.size()].push_back(i);
  }
}

void ReplayWorkload::agree_on_keys(Platform& platform, Side sender) {
  const unsigned sas = std::min(input_.flows[sender], params_.sas);
  if (!params_.psp || sas == 0) return;
  directions_[sender].links =
      exchange_keys(platform, sender, static_cast<psp::Version>(params_.psp_version), sas, keys_);
}

void ReplayWorkload::recover(Platform& platform, Side side) {
  platform.driver(side).set_promiscuous(true, true);
  for (const Side sender : {kA, kB}) agree_on_keys(platform, sender);
  for (unsigned queue = 0; queue < directions_[side].queues.size(); ++queue) fill(side, queue);
}

void ReplayWorkload::start(Platform& platform) {
  started_ = platform.events().now();
  for (const Side side : {kA, kB}) {
    for (unsigned queue = 0; queue < directions_[side].queues.size(); ++queue) fill(side, queue);
  }
}

void ReplayWorkload::on_timer(uint64_t argument) {
  const auto from = static_cast<Side>(argument & 1);
  const auto queue = static_cast<unsigned>(argument >> 1);
  directions_[from].timer[queue] = base::kNever;
  fill(from, queue);
}

void ReplayWorkload::fill(Side from, unsigned queue) {
  Direction& direction = directions_[from];
  const std::vector<uint32_t>& list = direction.queues[queue];
  size_t& next = direction.next[queue];
  bool any = false;
  while (next < list.size()) {
    const uint32_t index = list[next];
    const base::Time due = started_ + input_.packets[index].time_ns * base::kNs;
    if (params_.pacing == ReplayParams::Pacing::kCapture && due > platform_->events().now()) {
      if (direction.timer[queue] == base::kNever) {
        direction.timer[queue] = due;
        platform_->events().schedule(due, base::Callback::to<&ReplayWorkload::on_timer>(*this),
                                     uint64_t{queue} << 1 | from);
      }
      break;
    }
    if (!send(from, queue, index)) break;
    any = true;
    ++next;
  }
  if (any) platform_->driver(from).flush(queue);
}

bool ReplayWorkload::send(Side from, unsigned queue, uint32_t index) {
  host::Driver& driver = platform_->driver(from);
  if (driver.transmit_room(queue) == 0) return false;
  Direction& direction = directions_[from];
  const ReplayPacket& packet = input_.packets[index];
  const bool psp = packet.treatment == Treatment::kPsp && !direction.links.empty();
  host::TxFrame frame;
  frame.bytes = packet.bytes;
  if (psp) {
    const SaLink& link = direction.links[packet.flow % direction.links.size()];
    frame.sa = link.handle;
    frame.spi = link.spi;
    frame.version = link.version;
    frame.mode = direction.mode->mode();
  }
  if (!driver.transmit(queue, frame)) return false;
  const base::Time now = platform_->events().now();
  if (direction.outcome.sent == 0) direction.outcome.first_sent = now;
  direction.outcome.sent++;
  if (psp) direction.outcome.sent_psp++;
  direction.sent_at[index] = now;
  direction.copies[hash_of(packet.bytes)].flying.push_back(index);
  return true;
}

void ReplayWorkload::receive(Side from, std::span<const uint8_t> frame, const host::RxInfo& info) {
  Direction& direction = directions_[from];
  DirectionOutcome& outcome = direction.outcome;
  outcome.received++;
  if (info.psp) outcome.received_psp++;
  outcome.last_received = info.now_ps;
  progress_.step(info.now_ps, directions_[kA].outcome.received + directions_[kB].outcome.received);
  // Packets of the same bytes cannot be told apart: the oldest is taken for the one that arrived.
  Copies& same = direction.copies[hash_of(frame)];
  const auto matches = [&](uint32_t index) {
    const ReplayPacket& packet = input_.packets[index];
    return info.psp == (packet.treatment == Treatment::kPsp && params_.psp) &&
           std::equal(frame.begin(), frame.end(), packet.bytes.begin(), packet.bytes.end());
  };
  const auto match = std::find_if(same.flying.begin(), same.flying.end(), matches);
  if (match == same.flying.end()) {
    (same.arrived && matches(*same.arrived) ? outcome.duplicated : outcome.corrupted)++;
    return;
  }
  const uint32_t index = *match;
  same.flying.erase(match);
  same.arrived = index;
  outcome.verified++;
  outcome.payload_bytes += input_.packets[index].payload_bytes;
  outcome.frame_bytes += frame.size();
  outcome.latency.record(info.now_ps - direction.sent_at[index]);
}

const DirectionOutcome& ReplayWorkload::outcome(Side from) const {
  return directions_[from].outcome;
}

}  // namespace pspnic::bench
