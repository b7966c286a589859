// SPDX-License-Identifier: Apache-2.0
// One host on which a DPDK driver runs, at the two sockets of a card: the driver's register accesses,
// trapped, go out at one; at the other the card finds the memory of DPDK's environment layer (EAL), and
// nothing else: the driver polls and asks for no interrupt messages. A device address is the pointer the
// driver uses (`--iova-mode=va`), checked against the EAL's segments.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <memory>
#include <systemc>

#include "testbench/dpdk/driver_clock.h"
#include "testbench/dpdk/mmio_trap.h"

namespace pspnic::dpdk {

class DpdkHost : public sc_core::sc_module, private Registers32 {
 public:
  // What configuration space tells whoever looks for cards.
  struct Function {
    uint16_t vendor = 0;
    uint16_t device = 0;
    uint32_t class_code = 0;
    uint16_t subsystem_vendor = 0;
    uint16_t subsystem_device = 0;
    uint64_t bar0_bytes = 0;
  };

  DpdkHost(const sc_core::sc_module_name& name, DriverClock& clock);

  tlm_utils::simple_initiator_socket<DpdkHost> mmio_socket;
  tlm_utils::simple_target_socket<DpdkHost> memory_socket;

  // What a machine does before a driver: finds the function, sizes BAR0 and makes a window for it, switches
  // memory decoding and bus mastering on. After elaboration.
  void enumerate();
  const Function& function() const { return function_; }
  MmioWindow& bar0() { return *bar0_; }

  // The EAL has ended: takes back what the card was given of its memory. What it asks for later is refused.
  void withdraw_memory();

  uint64_t bad_accesses() const { return refused_; }  // of the card, outside the EAL's memory

 private:
  uint32_t read32(uint64_t offset) override;
  void write32(uint64_t offset, uint32_t value) override;
  uint32_t read_config(uint16_t offset);
  void write_config(uint16_t offset, uint32_t value);
  bool access(tlm::tlm_command command, uint64_t address, uint8_t* word);
  void transport(tlm::tlm_generic_payload& access, sc_core::sc_time& delay);
  bool grant_direct(tlm::tlm_generic_payload& access, tlm::tlm_dmi& grant);

  DriverClock& clock_;
  tlm::tlm_generic_payload payload_;
  Function function_;
  std::unique_ptr<MmioWindow> bar0_;
  uint64_t refused_ = 0;
};

}  // namespace pspnic::dpdk
