// SPDX-License-Identifier: Apache-2.0
// A stack that shows the wire checker what it is given and passes it on, and what a driver is asked to send;
// counts both by queue.
#pragma once

#include <vector>

#include "testbench/bench/card_pair.h"
#include "testbench/bench/explanation.h"
#include "testbench/bench/wire_checker.h"
#include "testbench/bench/workload.h"
#include "testbench/host/driver.h"

namespace pspnic::bench {

class CheckedStack : public host::Stack, public host::TransmitObserver {
 public:
  CheckedStack(WireChecker& checker, Side side, host::Stack& stack)
      : checker_(checker), side_(side), stack_(stack) {}
  void on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) override {
    use_of(info.queue).received_packets += info.segments;
    deliveries_.packets += info.segments;
    deliveries_.times += info.segments * info.now_ps;
    checker_.on_delivery(side_, frame, info);
    stack_.on_receive(frame, info);
  }
  void on_captured(std::span<const uint8_t> frame, idpf::PspRxStatus status,
                   const host::RxInfo& info) override {
    stack_.on_captured(frame, status, info);
  }
  void on_sent(unsigned queue, uint64_t cookie) override { stack_.on_sent(queue, cookie); }
  void on_transmit_room(unsigned queue) override { stack_.on_transmit_room(queue); }
  void on_transmit(unsigned queue, const host::TxFrame& frame) override {
    QueueUse& use = use_of(queue);
    ++use.sent_frames;
    use.sent_bytes += frame.bytes.size();
    checker_.on_transmit(side_, frame);
  }
  const std::vector<QueueUse>& queues() const { return queues_; }
  const Deliveries& deliveries() const { return deliveries_; }

 private:
  QueueUse& use_of(unsigned queue) {
    if (queue >= queues_.size()) queues_.resize(queue + 1);
    return queues_[queue];
  }

  WireChecker& checker_;
  Side side_;
  host::Stack& stack_;
  std::vector<QueueUse> queues_;
  Deliveries deliveries_;
};

}  // namespace pspnic::bench
