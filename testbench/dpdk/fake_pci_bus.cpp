// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/fake_pci_bus.h"

#include <fmt/format.h>
#include <rte_bus_pci.h>
#include <stdlib.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "testbench/dpdk/pci_layout.h"

namespace pspnic::dpdk {

namespace {

struct Slot {
  rte_pci_addr address;
  DpdkHost* host;
};

// The functions below have C's signature and no place for an object.
std::vector<Slot>& slots() {
  static std::vector<Slot> all;
  return all;
}

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path);
  file << text << "\n";
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be written", path.string()));
}

DpdkHost* host_of(const PciDeviceHead& device) {
  for (const Slot& slot : slots()) {
    if (rte_pci_addr_cmp(&slot.address, &device.addr) == 0) return slot.host;
  }
  return nullptr;
}

}  // namespace

FakePciBus::FakePciBus() {
  std::string name = (std::filesystem::temp_directory_path() / "pspnic_pci_XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::generic_category(), name);
  scratch_ = name;
  std::filesystem::create_directories(scratch_ / "devices");
  std::filesystem::create_directories(scratch_ / "simulated");
  setenv("SYSFS_PCI_DEVICES", (scratch_ / "devices").c_str(), 1);
}

FakePciBus::~FakePciBus() {
  slots().clear();
  unsetenv("SYSFS_PCI_DEVICES");
  std::error_code ignored;
  std::filesystem::remove_all(scratch_, ignored);
}

void FakePciBus::insert(const std::string& slot, DpdkHost& host) {
  Slot entry{{}, &host};
  if (rte_pci_addr_parse(slot.c_str(), &entry.address) != 0) {
    throw std::runtime_error(fmt::format("{}: not the address of a PCI slot", slot));
  }
  const DpdkHost::Function& function = host.function();
  const std::filesystem::path folder = scratch_ / "devices" / slot;
  std::filesystem::create_directories(folder);
  write_file(folder / "vendor", fmt::format("0x{:04x}", function.vendor));
  write_file(folder / "device", fmt::format("0x{:04x}", function.device));
  write_file(folder / "subsystem_vendor", fmt::format("0x{:04x}", function.subsystem_vendor));
  write_file(folder / "subsystem_device", fmt::format("0x{:04x}", function.subsystem_device));
  write_file(folder / "class", fmt::format("0x{:06x}", function.class_code));
  write_file(folder / "numa_node", "-1");
  const auto bar0 = reinterpret_cast<uintptr_t>(host.bar0().address());
  constexpr unsigned kMemoryResource = 0x200;  // IORESOURCE_MEM of Linux
  std::string resources =
      fmt::format("0x{:016x} 0x{:016x} 0x{:016x}", bar0, bar0 + function.bar0_bytes - 1, kMemoryResource);
  for (unsigned i = 1; i < kPciResources; ++i)
    resources += fmt::format("\n0x{:016x} 0x{:016x} 0x{:016x}", 0, 0, 0);
  write_file(folder / "resource", resources);
  // A device without a kernel driver is skipped, one of vfio-pci or igb_uio would be opened.
  std::filesystem::create_directory_symlink(scratch_ / "simulated", folder / "driver");
  slots().push_back(entry);
}

}  // namespace pspnic::dpdk

// In place of those of librte_bus_pci, which calls them through its procedure linkage table.
extern "C" int rte_pci_map_device(rte_pci_device* device) {
  auto& head = *reinterpret_cast<pspnic::dpdk::PciDeviceHead*>(device);
  pspnic::dpdk::DpdkHost* host = pspnic::dpdk::host_of(head);
  // An identity that is not the card's means that the structure has another layout.
  if (host == nullptr || head.id.vendor_id != host->function().vendor ||
      head.id.device_id != host->function().device) {
    return -ENODEV;
  }
  head.mem_resource[0].addr = host->bar0().address();
  head.mem_resource[0].len = host->bar0().size();
  return 0;
}

extern "C" void rte_pci_unmap_device(rte_pci_device* device) {
  reinterpret_cast<pspnic::dpdk::PciDeviceHead*>(device)->mem_resource[0].addr = nullptr;
}
