// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/traffic_workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "model/base/config_error.h"
#include "testbench/bench/run.h"

namespace pspnic::bench {

namespace {

using ArrivalKind = traffic::ArrivalParams::Kind;

traffic::SizeDistribution sizes_of_side(const TrafficParams& params, const TrafficSideParams& side,
                                        const char* name) {
  const std::string prefix = fmt::format("traffic.{}.sizes", name);
  const traffic::SizeLimits limits{.header_bytes = StreamLayout(params).header_bytes,
                                   .least_payload = TrafficFrames::stamp_bytes(params),
                                   .mss = params.mss};
  const bool used = params.rpc.outstanding > 0 || side.arrivals.kind != ArrivalKind::kNone;
  const traffic::SizeList nothing{.entries = {{params.mss}}, .place = prefix};
  return {used ? traffic::read_sizes(side.sizes, prefix, limits) : nothing, limits};
}

uint64_t most_messages(const TrafficParams& params, std::optional<uint64_t> messages) {
  return messages.value_or(params.duration.ps > 0 ? UINT64_MAX : kDefaultPackets);
}

}  // namespace

TrafficSizes::TrafficSizes(const TrafficParams& params)
    : a(sizes_of_side(params, params.a, "a")), b(sizes_of_side(params, params.b, "b")) {}

uint32_t traffic_frame_bytes(const TrafficParams& params, const TrafficSizes& sizes) {
  uint32_t largest = 0;
  const bool rpc = params.rpc.outstanding > 0;
  if (rpc || params.a.arrivals.kind != ArrivalKind::kNone) largest = sizes.a.largest_packet();
  if (rpc || params.b.arrivals.kind != ArrivalKind::kNone) {
    largest = std::max(largest, sizes.b.largest_packet());
  }
  return StreamLayout(params).header_bytes + largest;
}

void check_traffic(const TrafficParams& params) {
  if (params.rpc.outstanding == 0) {
    if (params.a.arrivals.kind != ArrivalKind::kNone || params.b.arrivals.kind != ArrivalKind::kNone) return;
    throw base::ConfigError("traffic.a.arrivals.kind",
                            "none, as traffic.b.arrivals.kind, and without traffic.rpc.outstanding nothing "
                            "would be sent");
  }
  const char* follow = "with traffic.rpc.outstanding requests follow answers";
  if (params.a.arrivals.kind != ArrivalKind::kBackToBack) {
    throw base::ConfigError("traffic.a.arrivals.kind", fmt::format("{}; must be back_to_back", follow));
  }
  if (params.b.arrivals.kind != ArrivalKind::kNone) {
    throw base::ConfigError("traffic.b.arrivals.kind",
                            fmt::format("{}, and host B answers; must be none", follow));
  }
  if (params.zipf > 0) {
    throw base::ConfigError("traffic.zipf",
                            "with traffic.rpc.outstanding each flow has as many requests under "
                            "way; must be 0");
  }
}

class TrafficWorkload::Host final : public host::Stack {
 public:
  Host(TrafficDirection& sending, Progress& progress) : sending_(sending), progress_(progress) {}
  void set_receiving(TrafficDirection& receiving) { receiving_ = &receiving; }

  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    if (receiving_ == nullptr) return;
    receiving_->receive(frame, info);
    progress_.step(info.now_ps, receiving_->received());
  }
  void on_sent(unsigned queue, uint64_t cookie) override { sending_.sent(queue, cookie); }
  void on_transmit_room(unsigned queue) override { sending_.fill(queue); }

 private:
  TrafficDirection& sending_;
  TrafficDirection* receiving_ = nullptr;
  Progress& progress_;
};

TrafficWorkload::TrafficWorkload(const TrafficParams& params, const TrafficSizes& sizes,
                                 std::optional<uint64_t> messages, uint64_t seed, KeyLog& keys)
    : params_(params),
      keys_(keys),
      progress_(messages.value_or(params.duration.ps > 0 ? 0 : kDefaultPackets)) {
  const uint64_t most = most_messages(params, messages);
  directions_[kA] = std::make_unique<TrafficDirection>(params, kA, sizes.a, most, seed);
  directions_[kB] = std::make_unique<TrafficDirection>(params, kB, sizes.b, most, seed);
  for (const Side side : {kA, kB}) hosts_[side] = std::make_unique<Host>(*directions_[side], progress_);
  if (params.rpc.outstanding > 0) rpc_.emplace(params, *directions_[kA], *directions_[kB], most, seed);
}

TrafficWorkload::~TrafficWorkload() = default;

host::Stack& TrafficWorkload::stack(Side side) {
  return *hosts_[side];
}

void TrafficWorkload::prepare(Platform& platform) {
  for (const Side side : {kA, kB}) {
    hosts_[platform.peer(side)]->set_receiving(*directions_[side]);
    directions_[side]->prepare(platform, keys_);
  }
}

void TrafficWorkload::start(Platform& platform) {
  const base::Time now = platform.events().now();
  const base::Time end = params_.duration.ps > 0 ? now + params_.duration.ps : base::kNever;
  for (const auto& direction : directions_) direction->start(end);
  if (rpc_) rpc_->start(platform, end);
}

// A reset takes the keys of both directions: those it seals with and those its peer does.
void TrafficWorkload::recover(Platform&, Side side) {
  for (const auto& direction : directions_) direction->agree_on_keys(keys_);
  directions_[side]->forget_in_flight();
  directions_[side]->fill_all();
}

void TrafficWorkload::conclude() {
  for (const Side side : {kA, kB}) outcome_.offers[side] = directions_[side]->offer_outcome();
  if (rpc_) outcome_.transactions = rpc_->outcome();
}

std::vector<Workload::Part> TrafficWorkload::parts() const {
  std::vector<Part> parts;
  for (const Side side : {kA, kB}) directions_[side]->vports().add_parts(side, parts);
  return parts;
}

std::vector<HostWait> TrafficWorkload::waits(base::Time window) const {
  std::vector<HostWait> waits;
  for (const Side side : {kA, kB}) {
    for (const auto& [why, parameter] :
         {std::pair{Stop::kRing, "host.ring"}, std::pair{Stop::kWindow, "traffic.window"}}) {
      const double share = directions_[side]->stopped(why, window);
      if (share > 0) waits.push_back({side, parameter, share});
    }
  }
  return waits;
}

}  // namespace pspnic::bench
