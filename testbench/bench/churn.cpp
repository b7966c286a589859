// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/churn.h"

namespace pspnic::bench {

class ChurnWorkload::Host final : public host::Stack {
 public:
  Host(ChurnWorkload& workload, ChurnTraffic& traffic) : workload_(workload), traffic_(traffic) {}

  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    traffic_.receive(frame, info);
    workload_.progress_.step(info.now_ps, (info.now_ps - began_) / base::kUs);
  }
  void on_sent(unsigned, uint64_t) override {}
  void on_transmit_room(unsigned) override {}

  void begin(base::Time now) { began_ = now; }

 private:
  ChurnWorkload& workload_;
  ChurnTraffic& traffic_;
  base::Time began_ = 0;
};

ChurnWorkload::ChurnWorkload(const ChurnParams& params, uint64_t seed, KeyLog& keys, base::Duration key_age)
    : params_(params),
      progress_(params.duration.ps / base::kUs, "us"),
      control_(params, key_age, seed * 3, keys, *this),
      traffic_{ChurnTraffic(params, kA, seed * 3 + 1), ChurnTraffic(params, kB, seed * 3 + 2)} {
  for (const Side side : {kA, kB}) {
    traffic_[side].set_peer(traffic_[other(side)]);
    hosts_[side] = std::make_unique<Host>(*this, traffic_[side]);
  }
}

ChurnWorkload::~ChurnWorkload() = default;

host::Stack& ChurnWorkload::stack(Side side) {
  return *hosts_[side];
}

void ChurnWorkload::prepare(Platform& platform) {
  control_.prepare(platform);
  for (ChurnTraffic& traffic : traffic_) traffic.prepare(platform, control_);
}

void ChurnWorkload::start(Platform& platform) {
  const base::Time now = platform.events().now();
  const base::Time end = now + params_.duration.ps;
  for (const Side side : {kA, kB}) {
    hosts_[side]->begin(now);
    traffic_[side].start(end);
  }
  control_.start(end);
}

void ChurnWorkload::conclude() {
  control_.conclude();
}

const DirectionOutcome& ChurnWorkload::outcome(Side from) const {
  return traffic_[from].outcome();
}

void ChurnWorkload::on_open(uint32_t connection) {
  for (ChurnTraffic& traffic : traffic_) traffic.send_on(connection);
}

}  // namespace pspnic::bench
