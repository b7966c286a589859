// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/traffic_rpc.h"

#include "testbench/traffic/poisson.h"

namespace pspnic::bench {

namespace {

constexpr uint64_t kRequestStream = 4;
constexpr uint64_t kAnswerStream = 5;
constexpr uint64_t kThinkStream = 6;

}  // namespace

TrafficRpc::TrafficRpc(const TrafficParams& params, TrafficDirection& requests, TrafficDirection& answers,
                       uint64_t wanted, uint64_t seed)
    : params_(params),
      requests_(requests),
      answers_(answers),
      wanted_(wanted),
      seed_(seed),
      slots_(size_t{params.flows} * params.rpc.outstanding),
      numbers_(params.flows) {
  requests.set_listener(this);
  answers.set_listener(this);
}

// Flow by flow, as if their applications had come up at once.
void TrafficRpc::start(Platform& platform, base::Time end) {
  platform_ = &platform;
  began_ = platform.events().now();
  end_ = end;
  for (uint32_t i = 0; i < slots_.size(); ++i) {
    begin(i % params_.flows * params_.rpc.outstanding + i / params_.flows);
  }
  platform.events().schedule_look(began_ + params_.rpc.timeout.ps / 2,
                                  base::Callback::to<&TrafficRpc::look>(*this));
}

void TrafficRpc::begin(uint32_t number) {
  const base::Time now = platform_->events().now();
  if (outcome_.begun == wanted_ || now >= end_) return;
  ++outcome_.begun;
  ++busy_;
  Slot& slot = slots_[number];
  const uint32_t flow = flow_of(number);
  slot.number = numbers_[flow]++;
  slot.busy = true;
  slot.begun = now;
  ++slot.generation;
  const auto size_of = [&](const TrafficDirection& direction, uint64_t stream) {
    return direction.sizes().draw(traffic::RandomWords(seed_, stream, flow).at(slot.number), slot.number);
  };
  const traffic::SizeEntry request = size_of(requests_, kRequestStream);
  slot.request_left = request.bytes;
  slot.answer_left = size_of(answers_, kAnswerStream).bytes;
  requests_.offer(
      {.flow = flow, .bytes = request.bytes, .born = now, .slot = number, .generation = slot.generation},
      request.raised);
}

void TrafficRpc::on_packet(Side from, const TrafficStamp& stamp) {
  if (stamp.slot >= slots_.size()) return;
  Slot& slot = slots_[stamp.slot];
  if (!slot.busy || stamp.generation != slot.generation) return;  // given up
  if (from == kA) {
    slot.request_left -= stamp.bytes;
    if (slot.request_left == 0) think(stamp.slot);
    return;
  }
  slot.answer_left -= stamp.bytes;
  if (slot.answer_left > 0) return;
  const base::Time now = platform_->events().now();
  slot.busy = false;
  --busy_;
  ++outcome_.completed;
  outcome_.latency.record(now - slot.begun);
  outcome_.time = now - began_;
  begin(stamp.slot);
}

void TrafficRpc::think(uint32_t number) {
  const Slot& slot = slots_[number];
  auto wait = static_cast<double>(params_.rpc.think.ps);
  if (params_.rpc.think_times == RpcParams::Times::kExponential) {
    wait = traffic::exponential_of(traffic::RandomWords(seed_, kThinkStream, flow_of(number)).at(slot.number),
                                   wait);
  }
  const uint64_t argument = uint64_t{slot.generation} << 32 | number;
  if (params_.rpc.think.ps == 0) {
    answer(argument);
  } else {
    platform_->events().schedule(platform_->events().now() + static_cast<base::Time>(wait),
                                 base::Callback::to<&TrafficRpc::answer>(*this), argument);
  }
}

void TrafficRpc::answer(uint64_t argument) {
  const auto number = static_cast<uint32_t>(argument);
  const Slot& slot = slots_[number];
  if (!slot.busy || slot.generation != argument >> 32) return;
  const uint32_t flow = flow_of(number);
  const traffic::SizeEntry& size =
      answers_.sizes().draw(traffic::RandomWords(seed_, kAnswerStream, flow).at(slot.number), slot.number);
  answers_.offer({.flow = flow,
                  .bytes = size.bytes,
                  .born = platform_->events().now(),
                  .slot = number,
                  .generation = slot.generation},
                 size.raised);
}

// Those without an answer. Looks end with the last request.
void TrafficRpc::look(uint64_t) {
  const base::Time now = platform_->events().now();
  for (uint32_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (!slot.busy || slot.begun + params_.rpc.timeout.ps > now) continue;
    slot.busy = false;
    --busy_;
    ++outcome_.lost;
    begin(i);
  }
  if (busy_ > 0) platform_->events().again(now + params_.rpc.timeout.ps / 2, 0);
}

}  // namespace pspnic::bench
