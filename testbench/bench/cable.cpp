// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/cable.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "model/mac/wire_bytes.h"

namespace pspnic::bench {

namespace {

base::Time delay_of(const CableParams& params) {
  switch (params.topology) {
    case CableParams::Topology::kLoopback:
      return 0;
    case CableParams::Topology::kHairpin:
      return 2 * params.delay.ps;
    default:
      return params.delay.ps;
  }
}

bool acts(const CableParams& params, unsigned sender) {
  if (!params.any_fault()) return false;
  if (params.faulty == CableParams::Faulty::kBoth) return true;
  return (params.faulty == CableParams::Faulty::kAToB) == (sender == 0);
}

}  // namespace

Cable::Trouble::Trouble(const CableParams& params, uint64_t seed, const std::string& name)
    : loss(seed, name + ".loss"),
      duplicate(seed, name + ".duplicate"),
      reorder(seed, name + ".reorder"),
      burst_change(seed, name + ".burst_change"),
      burst_loss(seed, name + ".burst_loss"),
      bit_errors(params.bit_errors, seed, name + ".bit_errors") {}

Cable::Cable(base::StatGroup& parent, const char* name, const CableParams& params, base::EventQueue& events,
             base::PacketPool& pool, const CableSeed& seed)
    : params_(params),
      events_(events),
      pool_(pool),
      sender_(seed.sender),
      delay_(delay_of(params)),
      arrivals_(events, base::Callback::to<&Cable::on_arrival>(*this)),
      group_(parent, name) {
  if (acts(params, seed.sender)) trouble_.emplace(params, seed.seed, name);
}

void Cable::transmit(base::PacketPtr packet) {
  const base::OwnedBy border(events_, base::EventQueue::kNobody);
  if (observer_ != nullptr) observer_->on_departure(sender_, *packet);
  if (trouble_) return transmit_badly(std::move(packet));
  const base::Time arrival = packet->wire_end + delay_;
  flying_.push(std::move(packet));
  arrivals_.push(arrival);
}

void Cable::on_arrival(uint64_t) {
  arrive(flying_.pop());
}

void Cable::arrive(base::PacketPtr packet) {
  if (!any_) first_ = packet->wire_end;
  any_ = true;
  last_ = std::max(last_, packet->wire_end);
  last_arrival_ = events_.now();
  frames_++;
  bytes_ += packet->size();
  wire_time_ += packet->wire_end - packet->wire_start;
  wire_bytes_.count(wire_sum_ += mac::wire_bytes(packet->size()));
  if (tap_ != nullptr) tap_->on_frame(*packet);
  if (observer_ != nullptr) observer_->on_arrival(sender_, *packet);
  if (receiver_ == nullptr) return;
  const base::OwnedBy border(events_, receiver_owner_);
  receiver_->receive(std::move(packet));
}

// Every kind decides about every frame, whatever the others have decided, so that none shifts another.
void Cable::transmit_badly(base::PacketPtr packet) {
  Trouble& trouble = *trouble_;
  const uint64_t n = trouble.frames++;
  const bool lost = loses(n);
  const bool twice = trouble.duplicate.happens(n, params_.duplicate);
  const bool held_back = trouble.reorder.happens(n, params_.reorder.probability);
  if (lost) return;
  if (trouble.bit_errors.damage(n, packet->bytes()) > 0) {
    packet->fcs_ok = params_.fcs == CableParams::Fcs::kRecomputed;
    (packet->fcs_ok ? faults_.damaged_unseen : faults_.damaged)++;
  }
  const base::Time arrival = packet->wire_end + delay_;
  if (twice) {
    faults_.duplicated++;
    base::PacketPtr copy = pool_.take(packet->size());
    std::memcpy(copy->data(), packet->data(), packet->size());
    copy->created = packet->created;
    copy->wire_start = packet->wire_start;
    copy->wire_end = packet->wire_end;
    copy->fcs_ok = packet->fcs_ok;
    copy->journey = packet->journey;
    fly(std::move(copy), arrival + (packet->wire_end - packet->wire_start), false);
  }
  if (held_back) faults_.reordered++;
  fly(std::move(packet), arrival, held_back);
}

bool Cable::loses(uint64_t n) {
  Trouble& trouble = *trouble_;
  const bool alone = trouble.loss.happens(n, params_.loss);
  if (trouble.burst_change.happens(n, trouble.in_burst ? params_.burst.end : params_.burst.start)) {
    trouble.in_burst = !trouble.in_burst;
  }
  const bool burst = trouble.in_burst && trouble.burst_loss.happens(n, params_.burst.loss);
  if (burst) {
    faults_.burst_lost++;
  } else if (alone) {
    faults_.lost++;
  }
  return burst || alone;
}

void Cable::fly(base::PacketPtr packet, base::Time arrival, bool held_back) {
  Trouble& trouble = *trouble_;
  if (trouble.free_slots.empty()) {
    trouble.free_slots.push_back(static_cast<uint32_t>(trouble.flying.size()));
    trouble.flying.emplace_back();
  }
  const uint32_t slot = trouble.free_slots.back();
  trouble.free_slots.pop_back();
  trouble.flying[slot] = std::move(packet);
  const uint64_t argument = uint64_t{held_back} << 32 | slot;
  events_.schedule(arrival, base::Callback::to<&Cable::on_bad_arrival>(*this), argument);
}

base::PacketPtr Cable::take_slot(uint32_t slot) {
  trouble_->free_slots.push_back(slot);
  return std::move(trouble_->flying[slot]);
}

void Cable::on_bad_arrival(uint64_t argument) {
  Trouble& trouble = *trouble_;
  const auto slot = static_cast<uint32_t>(argument);
  if (argument >> 32 != 0) {
    trouble.held.push_back({trouble.holds, slot, params_.reorder.distance});
    events_.schedule(events_.now() + params_.reorder.hold.ps, base::Callback::to<&Cable::on_hold_over>(*this),
                     trouble.holds++);
    return;
  }
  arrive(take_slot(slot));
  let_pass();
}

// A frame has passed those that are held back.
void Cable::let_pass() {
  std::vector<Trouble::Held>& held = trouble_->held;
  for (Trouble::Held& each : held) --each.to_pass;
  while (!held.empty() && held.front().to_pass == 0) {
    const uint32_t slot = held.front().slot;
    held.erase(held.begin());
    arrive(take_slot(slot));
  }
}

void Cable::on_hold_over(uint64_t number) {
  std::vector<Trouble::Held>& held = trouble_->held;
  const auto found =
      std::find_if(held.begin(), held.end(), [&](const auto& h) { return h.number == number; });
  if (found == held.end()) return;  // enough frames have passed it
  const uint32_t slot = found->slot;
  held.erase(found);
  arrive(take_slot(slot));
}

void Cable::restart_window() {
  any_ = false;
  last_ = last_arrival_ = 0;
  wire_sum_ = 0;
  wire_bytes_.restart();
}

}  // namespace pspnic::bench
