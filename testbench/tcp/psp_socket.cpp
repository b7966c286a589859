// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/psp_socket.h"

#include <algorithm>

namespace pspnic::tcp {

std::optional<host::PspRxMark> mark_of(const host::RxInfo& info) {
  if (!info.psp) return std::nullopt;
  return host::PspRxMark{info.spi, info.generation, info.version, info.psp_device};
}

void PspSocket::begin(host::PspAssociationRef association, const Receiver& receiver) {
  association_ = std::move(association);
  held_.clear();
  for (const auto& [first, behind] : receiver.unread()) held_.push_back({first, behind, std::nullopt});
}

void PspSocket::move_to(host::PspAssociationRef association) {
  host::PspAssociation& next = *association;
  host::PspAssociation& old = *association_;
  next.has_previous = true;
  next.previous_spi = old.rx.spi;
  next.previous_generation = old.rx.generation;
  next.peer_tx = old.peer_tx;
  next.upgrade_sequence = old.upgrade_sequence;
  next.tx_spi = old.tx_spi;
  next.tx_handle = old.tx_handle;
  next.has_tx = std::exchange(old.has_tx, false);  // without deletion
  association_ = std::move(association);
}

bool PspSocket::admit(const PspArrival& arrival, uint64_t segments, PspCounters& counters) {
  host::PspAssociation* association = association_.get();
  const PspVerdict verdict = judge(association, arrival);
  if (verdict == PspVerdict::kDrop) {
    counters.input_drops += segments;
    return false;
  }
  if (verdict == PspVerdict::kMatches) {
    if (association->has_tx && !association->peer_tx) ++counters.full;
    association->peer_tx = true;
    if (arrival.mark->spi == association->rx.spi) association->peer_moved = true;
  }
  return true;
}

void PspSocket::forget_read(const Receiver& receiver) {
  const Position read = receiver.read_position();
  std::erase_if(held_, [read](const Held& held) { return held.end <= read; });
}

// Of [from, end) what nobody has noted yet: the rest came again, and its mark says nothing of what is kept.
void PspSocket::note_new(Position from, Position end, const std::optional<host::PspRxMark>& mark) {
  while (from < end) {
    Position to = end;
    Position skip = from;
    for (const Held& held : held_) {
      if (held.begin <= from && from < held.end) skip = held.end;
      if (held.begin > from) to = std::min(to, held.begin);
    }
    if (skip == from) {
      held_.push_back({from, to, mark});
      skip = to;
    }
    from = skip;
  }
}

void PspSocket::note(Position start, uint32_t length, const std::optional<host::PspRxMark>& mark,
                     const Receiver& receiver) {
  forget_read(receiver);
  const Position end = start + Position{length};
  if (end <= receiver.read_position()) return;
  for (const auto& [first, behind] : receiver.unread()) {
    note_new(std::max(first, start), std::min(behind, end), mark);
  }
}

bool PspSocket::queue_matches(const Receiver& receiver) {
  forget_read(receiver);
  return std::all_of(held_.begin(), held_.end(),
                     [this](const Held& held) { return held.mark && association_->matches(*held.mark); });
}

}  // namespace pspnic::tcp
