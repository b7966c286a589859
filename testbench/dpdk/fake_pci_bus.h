// SPDX-License-Identifier: Apache-2.0
// The cards of the simulation as DPDK's PCI bus driver finds them: a directory that looks like
// /sys/bus/pci/devices, named by SYSFS_PCI_DEVICES, and rte_pci_map_device() of this program in place of
// DPDK's. The machine's real devices are never looked at.
#pragma once

#include <filesystem>
#include <string>

#include "testbench/dpdk/host.h"

namespace pspnic::dpdk {

class FakePciBus {
 public:
  // Makes the directory and sets the variable; one bus at a time. std::filesystem::filesystem_error.
  FakePciBus();
  ~FakePciBus();
  FakePciBus(const FakePciBus&) = delete;
  FakePciBus& operator=(const FakePciBus&) = delete;

  // Puts a card in a slot, "0000:be:00.0". Only an enumerated host has one; it must outlive its use by DPDK.
  void insert(const std::string& slot, DpdkHost& host);

  // A directory of this process's own, for the EAL's files as well.
  const std::filesystem::path& scratch() const { return scratch_; }

 private:
  std::filesystem::path scratch_;
};

}  // namespace pspnic::dpdk
