// SPDX-License-Identifier: Apache-2.0
// The one private structure of DPDK that is written from outside: the head of struct rte_pci_device, as
// DPDK 22.11 (ABI 23, x86-64) has it in drivers/bus/pci/bus_pci_driver.h. Debian does not ship that header.
#pragma once

#include <rte_dev.h>
#include <rte_pci.h>
#include <rte_version.h>

#include <cstddef>
#include <cstdint>

namespace pspnic::dpdk {

inline constexpr unsigned kPciResources = 6;  // PCI_MAX_RESOURCE

struct PciDeviceHead {
  void* next[2];       // TAILQ_ENTRY
  uint8_t device[64];  // struct rte_device
  rte_pci_addr addr;
  rte_pci_id id;
  rte_mem_resource mem_resource[kPciResources];
};

static_assert(RTE_VER_YEAR == 22 && RTE_VER_MONTH == 11, "check the offsets below against this DPDK");
static_assert(offsetof(PciDeviceHead, device) == 16);
static_assert(offsetof(PciDeviceHead, addr) == 80);
static_assert(offsetof(PciDeviceHead, id) == 88);
static_assert(offsetof(PciDeviceHead, mem_resource) == 104);
static_assert(offsetof(rte_mem_resource, len) == 8);
static_assert(offsetof(rte_mem_resource, addr) == 16);
static_assert(sizeof(rte_mem_resource) == 24);

}  // namespace pspnic::dpdk
