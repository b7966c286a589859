// SPDX-License-Identifier: Apache-2.0
// The PCI side of the function: identity, command register, MSI-X capability and table (PCI Express Base
// Specification, chapters on configuration space and MSI-X).
#pragma once

#include <cstdint>

#include "testbench/host/host_port.h"

namespace pspnic::host {

class PciFunction {
 public:
  explicit PciFunction(HostPort& port) : port_(port) {}

  // Checks for an IDPF function, finds its capabilities, enables memory decoding and bus mastering.
  // DriverError.
  void probe();
  // Writes every table entry (address of the machine, data = number of the entry), then switches MSI-X on.
  void enable_msix();
  // MSI-X and bus mastering off.
  void disable();
  // A function-level reset; probe() must follow. Whether the function is ready again is told by its
  // registers.
  void reset();
  // SR-IOV: so many virtual functions; 0: none. DriverError if the function cannot have as many.
  void enable_vfs(unsigned count);

  bool is_virtual() const { return virtual_; }

  unsigned vectors() const { return vectors_; }  // size of the table
  // The pending bit of a vector: an event came while the vector was masked in the table.
  bool pending(unsigned vector) const;

 private:
  void find_capabilities();
  void set_command(uint32_t set, uint32_t clear);
  void write_message_control(uint32_t value);

  HostPort& port_;
  bool virtual_ = false;
  uint32_t capability_ = 0;  // offset in configuration space: of MSI-X,
  uint32_t express_ = 0;     // and of PCI Express
  Space table_space_ = Space::kBar0;
  Space pending_space_ = Space::kBar0;
  uint64_t table_offset_ = 0;
  uint64_t pending_offset_ = 0;
  unsigned vectors_ = 0;
};

}  // namespace pspnic::host
