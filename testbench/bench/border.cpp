// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/border.h"

namespace pspnic::bench {

using record::Entry;
using record::Kind;

namespace {

bool is_message(const tlm::tlm_generic_payload& access) {
  return access.is_write() && access.get_data_length() == 4 &&
         access.get_address() >= HostSystem::kMessageAddress &&
         access.get_address() - HostSystem::kMessageAddress < kMessageRangeBytes;
}

Kind kind_of_access(const tlm::tlm_generic_payload& access) {
  if (access.is_read()) return Kind::kDmaRead;
  return is_message(access) ? Kind::kInterrupt : Kind::kDmaWrite;
}

std::span<const uint8_t> bytes_of(const tlm::tlm_generic_payload& access) {
  return {access.get_data_ptr(), access.get_data_length()};
}

}  // namespace

Border::Border(const sc_core::sc_module_name& name, const Ports& ports, base::EventQueue::Owner owner)
    : sc_module(name),
      from_host_("from_host"),
      to_card_("to_card"),
      from_card_("from_card"),
      to_host_("to_host"),
      ports_(ports),
      owner_(owner) {
  from_host_.register_b_transport(this, &Border::on_mmio);
  from_card_.register_b_transport(this, &Border::on_dma);
  ports.host.mmio_socket.bind(from_host_);
  to_card_.bind(ports.card.mmio);
  ports.card.dma_socket.bind(from_card_);
  to_host_.bind(ports.host.memory_socket);
}

void Border::on_mmio(tlm::tlm_generic_payload& access, sc_core::sc_time& delay) {
  const base::OwnedBy border(ports_.events, owner_);
  const base::Time now = (sc_core::sc_time_stamp() + delay).value();
  const sc_core::sc_time before = delay;
  const bool read = access.is_read();
  to_card_->b_transport(access, delay);
  Entry entry{read ? Kind::kMmioRead : Kind::kMmioWrite,
              access.is_response_ok(),
              now,
              ports_.events.fired_by(owner_),
              access.get_address(),
              read ? (delay - before).value() : 0,
              bytes_of(access)};
  constexpr uint8_t kNoAnswer[4] = {0xff, 0xff, 0xff, 0xff};
  if (read && !entry.ok) entry.data = kNoAnswer;
  ports_.listener.on_entry(entry);
}

void Border::on_dma(tlm::tlm_generic_payload& access, sc_core::sc_time& delay) {
  const base::OwnedBy border(ports_.events, base::EventQueue::kNobody);
  to_host_->b_transport(access, delay);
  access.set_dmi_allowed(false);
  Entry entry{kind_of_access(access), access.is_response_ok(),
              ports_.events.now(),    ports_.events.fired_by(owner_),
              access.get_address(),   0,
              bytes_of(access)};
  if (access.is_read() && !entry.ok) {
    entry.span = entry.data.size();
    entry.data = {};
  }
  ports_.listener.on_entry(entry);
}

FrameBorder::FrameBorder(CardPair& cards, const BorderListeners& listeners, WireObserver& next)
    : cards_(cards), listeners_(listeners), next_(next) {
  for (const Side side : {kA, kB}) cards.cable(side).set_observer(this);
}

void FrameBorder::note(Side side, Entry entry) {
  if (listeners_[side] == nullptr) return;
  entry.progress = cards_.events().fired_by(owner_of(side));
  listeners_[side]->on_entry(entry);
}

void FrameBorder::on_departure(unsigned sender, const base::Packet& frame) {
  note(static_cast<Side>(sender),
       {Kind::kFrameOut, true, frame.wire_end, 0, 0, frame.wire_end - frame.wire_start, frame.bytes()});
  next_.on_departure(sender, frame);
}

void FrameBorder::on_arrival(unsigned sender, const base::Packet& frame) {
  note(cards_.peer(static_cast<Side>(sender)),
       {Kind::kFrameIn, frame.fcs_ok, cards_.now(), 0, 0, 0, frame.bytes()});
  next_.on_arrival(sender, frame);
}

}  // namespace pspnic::bench
