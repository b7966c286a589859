// SPDX-License-Identifier: Apache-2.0
// How the connections of the workload churn get new keys after a rotation. The old and the new SPI of an end
// are both received until the last packet under the old one has come.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "testbench/bench/churn_control.h"

namespace pspnic::bench {

// A second rotation ends the keys of the generation before: it waits until nobody uses them.
void ChurnControl::on_rotation_due(uint64_t number) {
  const auto side = static_cast<Side>(number);
  Rotation& rotation = rotations_[side];
  if (rotation.asked || rotation.passing || rotation.under_way > 0) {
    ++outcome_.rotations_postponed;
  } else if (rotation.refused) {
    ++outcome_.rotations_postponed;
    begin_pass(side);
  } else if (uses_older_keys(side)) {
    ++outcome_.rotations_postponed;
  } else {
    rotation.asked = true;
    requests(side).rotate(side);
  }
  schedule_offered(params_.rotation_period.ps, base::Callback::to<&ChurnControl::on_rotation_due>(*this),
                   side);
}

// The device may have rotated by itself while the request was under way, which then comes too soon.
void ChurnControl::on_rotated(Side side, const idpf::PspRotateKey& now, idpf::Status status) {
  rotations_[side].asked = false;
  if (status == idpf::Status::kSuccess) return take_generation(side, now.generation);
  if (status == idpf::Status::kPspRotateTooSoon) {
    ++outcome_.rotations_postponed;
  } else {
    outcome_.faults.push_back(fmt::format("a rotation was refused: {}", idpf::status_name(status)));
  }
  take_generation(side, platform_->driver(side).psp_caps().generation);
}

// Those that this host asked for have an answer as well.
void ChurnControl::on_event(Side side, const idpf::PspEvent& event) {
  if (event.event == idpf::EventCode::kPspKeyRotated && !rotations_[side].asked)
    take_generation(side, event.generation);
}

void ChurnControl::take_generation(Side side, uint8_t generation) {
  if (generation == rotations_[side].generation) return;
  ++outcome_.rotations;
  rotations_[side].generation = generation;
  begin_pass(side);
}

void ChurnControl::begin_pass(Side side) {
  Rotation& rotation = rotations_[side];
  const bool under_way = std::exchange(rotation.passing, true);
  rotation.refused = false;
  rotation.next = 0;
  const auto count = static_cast<base::Time>(std::max<size_t>(1, connections_.open_count()));
  rotation.gap = std::max<base::Time>(1, pass_time_ / count);
  if (!under_way) on_renewal_due(side);
}

// Between the card's rotation and its answer a connection may have got newer keys than this host knows of.
bool ChurnControl::of_older_keys(const ChurnEnd& end, Side side) const {
  constexpr unsigned kGenerations = idpf::kPspMaxGeneration + 1;
  const unsigned ahead = (kGenerations + end.generation - rotations_[side].generation) % kGenerations;
  return end.rx_spi != 0 && ahead >= kGenerations / 2;
}

// What is being set up may get packets under the keys that it was given, and what ends may have some on the
// way. Those that are open are renewed by passes.
bool ChurnControl::uses_older_keys(Side side) const {
  for (uint32_t id = 0; id < connections_.size(); ++id) {
    const ChurnConnection& connection = connections_[id];
    const bool receives = connection.state == ChurnConnection::State::kSetUp ||
                          connection.state == ChurnConnection::State::kOpen ||
                          connection.state == ChurnConnection::State::kClosing;
    if (receives && of_older_keys(connection.ends[side], side)) return true;
  }
  return false;
}

// Once nothing more is sent new keys are of no use, and a device that rotates often would never let the run
// end.
bool ChurnControl::needs_renewal(uint32_t id, Side side) const {
  const ChurnConnection& connection = connections_[id];
  return platform_->events().now() < end_ && connection.state == ChurnConnection::State::kOpen &&
         of_older_keys(connection.ends[side], side) && renewals_.count(renewal_key(id, side)) == 0;
}

void ChurnControl::on_renewal_due(uint64_t number) {
  const auto side = static_cast<Side>(number);
  Rotation& rotation = rotations_[side];
  while (rotation.next < connections_.size() && !needs_renewal(rotation.next, side)) ++rotation.next;
  if (rotation.next == connections_.size()) {
    rotation.passing = false;
    return;
  }
  renew(rotation.next++, side);
  events().schedule(events().now() + rotation.gap, base::Callback::to<&ChurnControl::on_renewal_due>(*this),
                    side);
}

void ChurnControl::renew(uint32_t id, Side side) {
  const ChurnEnd& end = connections_[id].ends[side];
  Renewal renewal;
  renewal.old_spi = end.rx_spi;
  renewal.old_generation = end.generation;
  renewals_[renewal_key(id, side)] = renewal;
  ++connections_[id].renewals;
  ++rotations_[side].under_way;
  requests(side).allocate(version(), cookie(id, true));
}

// The peer has the SA for the new key of `receiver` and uses it from now on.
void ChurnControl::switch_over(uint32_t id, Side receiver, const host::SaHandle& sa) {
  const auto found = renewals_.find(renewal_key(id, receiver));
  if (found == renewals_.end()) return;
  ChurnEnd& sender = connections_[id].ends[other(receiver)];
  Renewal& renewal = found->second;
  renewal.old_sa = std::exchange(sender.tx, sa);
  renewal.sent_with_old = sender.sent;
  renewal.switched = true;
  sender.tx_spi = connections_[id].ends[receiver].rx_spi;
  finish_renewal(id, receiver);
}

void ChurnControl::finish_renewal(uint32_t id, Side receiver) {
  const auto found = renewals_.find(renewal_key(id, receiver));
  if (found == renewals_.end() || !found->second.switched) return;
  ChurnEnd& end = connections_[id].ends[receiver];
  const Renewal renewal = found->second;
  if (end.received < renewal.sent_with_old) return;
  renewals_.erase(found);
  end.old_rx_spi = 0;
  requests(other(receiver)).remove(renewal.old_sa, cookie(id, true));
  requests(receiver).free(renewal.old_spi, renewal.old_generation);
  ++outcome_.renewals;
  --rotations_[receiver].under_way;
  --connections_[id].renewals;
  if (needs_renewal(id, receiver)) renew(id, receiver);  // another rotation has overtaken this one
  end_if_quiet(id);
}

// The end goes on with the keys that it has: the peer has not sealed for new ones.
void ChurnControl::drop_renewal(uint32_t id, Side receiver, const char* why) {
  const auto found = renewals_.find(renewal_key(id, receiver));
  if (found == renewals_.end()) return;
  const Renewal renewal = found->second;
  renewals_.erase(found);
  ChurnEnd& end = connections_[id].ends[receiver];
  if (end.rx_spi != renewal.old_spi) requests(receiver).free(end.rx_spi, end.generation);
  end.rx_spi = renewal.old_spi;
  end.generation = renewal.old_generation;
  end.old_rx_spi = 0;
  rotations_[receiver].refused = true;
  ++outcome_.refused;
  outcome_.faults.push_back(fmt::format("connection {}: its keys could not be renewed: {}", id, why));
  --rotations_[receiver].under_way;
  --connections_[id].renewals;
  end_if_quiet(id);
}

}  // namespace pspnic::bench
