// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/border.h"

namespace pspnic::bench {

namespace {

constexpr record::Border::Messages kMessages{HostSystem::kMessageAddress, kMessageRangeBytes};

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
      owner_(owner),
      border_(ports.events, owner, kMessages) {
  from_host_.register_b_transport(this, &Border::on_mmio);
  from_card_.register_b_transport(this, &Border::on_dma);
  ports.host.mmio_socket.bind(from_host_);
  to_card_.bind(ports.card.mmio);
  ports.card.dma_socket.bind(from_card_);
  to_host_.bind(ports.host.memory_socket);
  border_.set_listener(&ports.listener);
}

void Border::on_mmio(tlm::tlm_generic_payload& access, sc_core::sc_time& delay) {
  const base::OwnedBy border(ports_.events, owner_);
  const sc_core::sc_time before = delay;
  to_card_->b_transport(access, delay);
  const bool ok = access.is_response_ok();
  if (access.is_read()) {
    border_.on_register_read(ok, access.get_address(), (delay - before).value(), bytes_of(access));
  } else {
    border_.on_register_write(ok, access.get_address(), bytes_of(access));
  }
}

void Border::on_dma(tlm::tlm_generic_payload& access, sc_core::sc_time& delay) {
  const base::OwnedBy border(ports_.events, base::EventQueue::kNobody);
  to_host_->b_transport(access, delay);
  access.set_dmi_allowed(false);
  const bool ok = access.is_response_ok();
  if (access.is_read()) {
    border_.on_memory_read(ok, access.get_address(), bytes_of(access));
  } else {
    border_.on_memory_write(ok, access.get_address(), bytes_of(access));
  }
}

FrameBorder::FrameBorder(CardPair& cards, const BorderListeners& listeners, WireObserver& next)
    : cards_(cards),
      borders_{record::Border(cards.events(), owner_of(kA), kMessages),
               record::Border(cards.events(), owner_of(kB), kMessages)},
      next_(next) {
  for (const Side side : {kA, kB}) {
    borders_[side].set_listener(listeners[side]);
    cards_.cable(side).set_observer(this);
  }
}

void FrameBorder::on_departure(unsigned sender, const base::Packet& frame) {
  borders_[sender].on_frame_out(frame.wire_start, frame.wire_end, frame.bytes());
  next_.on_departure(sender, frame);
}

void FrameBorder::on_arrival(unsigned sender, const base::Packet& frame) {
  borders_[cards_.peer(static_cast<Side>(sender))].on_frame_in(frame.fcs_ok, frame.bytes());
  next_.on_arrival(sender, frame);
}

}  // namespace pspnic::bench
