// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/stream.h"

#include <utility>

#include "testbench/bench/stream_direction.h"

namespace pspnic::bench {

// The stack of one host: sends its own direction, receives the other one.
class StreamWorkload::Host : public host::Stack {
 public:
  Host(StreamDirection* sending, Progress& progress) : sending_(sending), progress_(progress) {}
  void set_receiving(StreamDirection* receiving) { receiving_ = receiving; }

  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    if (receiving_ == nullptr) return;
    receiving_->receive(frame, info);
    progress_.step(info.now_ps, receiving_->received());
  }
  void on_sent(unsigned queue, uint64_t cookie) override {
    if (sending_ != nullptr) sending_->sent(queue, cookie);
  }
  void on_transmit_room(unsigned queue) override {
    if (sending_ != nullptr) sending_->fill(queue);
  }

 private:
  StreamDirection* sending_;
  StreamDirection* receiving_ = nullptr;
  Progress& progress_;
};

StreamWorkload::StreamWorkload(const StreamParams& params, uint64_t packets, KeyLog& keys)
    : params_(params), keys_(keys), progress_(packets) {
  directions_[kA] = std::make_unique<StreamDirection>(params, kA, packets);
  directions_[kB] = std::make_unique<StreamDirection>(params, kB, params.both_ways ? packets : 0);
  for (const Side side : {kA, kB}) {
    hosts_[side] = std::make_unique<Host>(directions_[side].get(), progress_);
  }
}

StreamWorkload::~StreamWorkload() = default;

host::Stack& StreamWorkload::stack(Side side) {
  return *hosts_[side];
}

void StreamWorkload::prepare(Platform& platform) {
  for (const Side side : {kA, kB}) hosts_[platform.peer(side)]->set_receiving(directions_[side].get());
  directions_[kA]->prepare(platform, keys_);
  if (params_.both_ways) directions_[kB]->prepare(platform, keys_);
}

void StreamWorkload::start(Platform& platform) {
  directions_[kA]->fill_all(platform);
  if (params_.both_ways) directions_[kB]->fill_all(platform);
}

// A reset takes the keys of both directions: those it seals with and those its peer does.
void StreamWorkload::recover(Platform& platform, Side side) {
  directions_[kA]->agree_on_keys(keys_);
  if (params_.both_ways) directions_[kB]->agree_on_keys(keys_);
  directions_[side]->forget_in_flight();
  if (side == kA || params_.both_ways) directions_[side]->fill_all(platform);
}

const DirectionOutcome& StreamWorkload::outcome(Side from) const {
  return directions_[from]->outcome();
}

std::vector<Workload::Part> StreamWorkload::parts() const {
  std::vector<Part> parts;
  for (const Side side : {kA, kB}) directions_[side]->vports().add_parts(side, parts);
  return parts;
}

std::vector<HostWait> StreamWorkload::waits(base::Time window) const {
  std::vector<HostWait> waits;
  for (const Side side : {kA, kB}) {
    for (const auto& [why, parameter] :
         {std::pair{Stop::kRing, "host.ring"}, std::pair{Stop::kWindow, "stream.window"}}) {
      const double share = directions_[side]->stopped(why, window);
      if (share > 0) waits.push_back({side, parameter, share});
    }
  }
  return waits;
}

}  // namespace pspnic::bench
