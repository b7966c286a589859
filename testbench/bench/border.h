// SPDX-License-Identifier: Apache-2.0
// What crosses the border of a card of the bench, said to a record::Listener: register accesses and memory by
// sitting between host and card, frames by watching the cable. Nothing else changes, but that the card
// reaches memory by calls, not directly.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <systemc>

#include "model/base/event_queue.h"
#include "model/record/border.h"
#include "testbench/bench/cable.h"
#include "testbench/bench/card_pair.h"
#include "testbench/bench/host_system.h"

namespace pspnic::bench {

// By side; null: nobody listens.
using BorderListeners = std::array<record::Listener*, kSides>;

// Writes of words from HostSystem::kMessageAddress on are interrupt messages.
inline constexpr uint64_t kMessageRangeBytes = 0x10'0000;

class Border : public sc_core::sc_module {
 public:
  struct Ports {
    base::EventQueue& events;
    HostSystem& host;
    pcie::Endpoint& card;
    record::Listener& listener;
  };
  // Takes the place of the two bindings between host and card.
  Border(const sc_core::sc_module_name& name, const Ports& ports, base::EventQueue::Owner owner);

 private:
  void on_mmio(tlm::tlm_generic_payload& access, sc_core::sc_time& delay);
  void on_dma(tlm::tlm_generic_payload& access, sc_core::sc_time& delay);

  tlm_utils::simple_target_socket<Border> from_host_;
  tlm_utils::simple_initiator_socket<Border> to_card_;
  tlm_utils::simple_target_socket<Border> from_card_;
  tlm_utils::simple_initiator_socket<Border> to_host_;
  Ports ports_;
  base::EventQueue::Owner owner_;
  record::Border border_;
};

// Listens to both directions of the cable, and says all to the observer behind it.
class FrameBorder : public WireObserver {
 public:
  // Until it goes, the observer of both directions; `next` was theirs before.
  FrameBorder(CardPair& cards, const BorderListeners& listeners, WireObserver& next);
  void on_departure(unsigned sender, const base::Packet& frame) override;
  void on_arrival(unsigned sender, const base::Packet& frame) override;

 private:
  CardPair& cards_;
  std::array<record::Border, kSides> borders_;
  WireObserver& next_;
};

}  // namespace pspnic::bench
