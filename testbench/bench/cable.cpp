// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/cable.h"

#include <utility>

namespace pspnic::bench {

Cable::Cable(base::StatGroup& parent, const char* name, const CableParams& params, base::EventQueue& events)
    : params_(params),
      arrivals_(events, base::Callback::to<&Cable::on_arrival>(*this)),
      group_(parent, name) {}

void Cable::transmit(base::PacketPtr packet) {
  const base::Time arrival = packet->wire_end + params_.delay.ps;
  flying_.push(std::move(packet));
  arrivals_.push(arrival);
}

void Cable::on_arrival(uint64_t) {
  base::PacketPtr packet = flying_.pop();
  if (!any_) first_ = packet->wire_end;
  any_ = true;
  last_ = packet->wire_end;
  frames_++;
  bytes_ += packet->size();
  wire_time_ += packet->wire_end - packet->wire_start;
  if (tap_ != nullptr) tap_->on_frame(*packet);
  receiver_->receive(std::move(packet));
}

void Cable::restart_window() {
  any_ = false;
}

}  // namespace pspnic::bench
