// SPDX-License-Identifier: Apache-2.0
// The host's ends of a card's two sockets, for those who want to hear nothing of TLM: register accesses in,
// calls of a Host out.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>

#include "model/base/event_queue.h"
#include "model/embed/host.h"
#include "model/pcie/endpoint.h"
#include "model/record/border.h"

namespace pspnic::embed {

class HostBridge : public sc_core::sc_module {
 public:
  struct Ports {
    base::EventQueue& events;
    pcie::Endpoint& card;
    Host& host;
  };
  // `owner`: of what register accesses cause.
  HostBridge(const sc_core::sc_module_name& name, const Ports& ports, const InterruptRange& interrupts,
             base::EventQueue::Owner owner);

  struct Answer {
    bool ok = false;  // false: nothing decodes the address, or it is no multiple of 4
    uint32_t value = 0xffff'ffff;
    base::Time latency = 0;  // until the host has it; the caller lets it pass, or does not
  };
  Answer read(uint64_t address);
  bool write(uint64_t address, uint32_t value);

  // Where frames are to be said, too.
  record::Border& border() { return border_; }

 private:
  tlm_utils::simple_initiator_socket<HostBridge> mmio_;
  tlm_utils::simple_target_socket<HostBridge> memory_;

  bool access(tlm::tlm_command command, uint64_t address, uint8_t* word, sc_core::sc_time& delay);
  void transport(tlm::tlm_generic_payload& access, sc_core::sc_time& delay);

  Ports ports_;
  base::EventQueue::Owner owner_;
  record::Border border_;
  tlm::tlm_generic_payload payload_;
};

}  // namespace pspnic::embed
