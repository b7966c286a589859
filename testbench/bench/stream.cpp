// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/stream.h"

#include "testbench/bench/stream_direction.h"

namespace pspnic::bench {

// The stack of one host: sends its own direction, receives the other one.
class StreamWorkload::Host : public host::Stack {
 public:
  Host(StreamDirection* sending, StreamDirection* receiving, Progress& progress)
      : sending_(sending), receiving_(receiving), progress_(progress) {}

  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    if (receiving_ == nullptr) return;
    receiving_->receive(frame, info);
    progress_.step(info.now_ps, receiving_->outcome().received);
  }
  void on_sent(unsigned queue, uint64_t cookie) override {
    if (sending_ != nullptr) sending_->sent(queue, cookie);
  }
  void on_transmit_room(unsigned queue) override {
    if (sending_ != nullptr) sending_->fill(queue);
  }

 private:
  StreamDirection* sending_;
  StreamDirection* receiving_;
  Progress& progress_;
};

StreamWorkload::StreamWorkload(const StreamParams& params, uint64_t packets, KeyLog& keys)
    : params_(params), keys_(keys), progress_(packets) {
  directions_[kA] = std::make_unique<StreamDirection>(params, kA, packets);
  directions_[kB] = std::make_unique<StreamDirection>(params, kB, params.both_ways ? packets : 0);
  for (const Side side : {kA, kB}) {
    hosts_[side] = std::make_unique<Host>(directions_[side].get(), directions_[other(side)].get(), progress_);
  }
}

StreamWorkload::~StreamWorkload() = default;

host::Stack& StreamWorkload::stack(Side side) {
  return *hosts_[side];
}

void StreamWorkload::prepare(Platform& platform) {
  directions_[kA]->prepare(platform, keys_);
  if (params_.both_ways) directions_[kB]->prepare(platform, keys_);
}

void StreamWorkload::start(Platform& platform) {
  directions_[kA]->fill_all(platform);
  if (params_.both_ways) directions_[kB]->fill_all(platform);
}

const DirectionOutcome& StreamWorkload::outcome(Side from) const {
  return directions_[from]->outcome();
}

}  // namespace pspnic::bench
