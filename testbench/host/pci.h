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

  // Checks for the IDPF physical function, finds MSI-X, enables memory decoding and bus mastering.
  // DriverError.
  void probe();
  // Writes every table entry (address of the machine, data = number of the entry), then switches MSI-X on.
  void enable_msix();
  // MSI-X and bus mastering off.
  void disable();

  unsigned vectors() const { return vectors_; }  // size of the table
  // The pending bit of a vector: an event came while the vector was masked in the table.
  bool pending(unsigned vector) const;

 private:
  void find_msix();
  void set_command(uint32_t set, uint32_t clear);
  void write_message_control(uint32_t value);

  HostPort& port_;
  uint32_t capability_ = 0;  // offset in configuration space
  Space table_space_ = Space::kBar0;
  Space pending_space_ = Space::kBar0;
  uint64_t table_offset_ = 0;
  uint64_t pending_offset_ = 0;
  unsigned vectors_ = 0;
};

}  // namespace pspnic::host
