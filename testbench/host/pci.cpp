// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/pci.h"

#include <fmt/format.h>

#include "testbench/host/driver.h"

namespace pspnic::host {
namespace {

constexpr uint32_t kPhysical = 0x1452'8086;  // device, vendor
constexpr uint32_t kVirtual = 0x145c'8086;

constexpr uint64_t kIdentityOffset = 0x00;
constexpr uint64_t kCommandOffset = 0x04;  // status in the upper half, written 1 to clear
constexpr uint64_t kCapabilitiesOffset = 0x34;

constexpr uint32_t kCommandMemory = 1u << 1;
constexpr uint32_t kCommandBusMaster = 1u << 2;
constexpr uint32_t kCommandIntxOff = 1u << 10;
constexpr uint32_t kStatusCapabilities = 1u << 20;

constexpr uint32_t kCapabilityExpress = 0x10;
constexpr uint64_t kDeviceControl = 8;  // in the PCI Express capability
constexpr uint32_t kInitiateReset = 1u << 15;
constexpr uint32_t kCapabilityMsix = 0x11;

constexpr uint64_t kSriov = 0x100;  // the first extended capability
constexpr uint32_t kSriovId = 0x0010;
constexpr uint64_t kSriovControl = kSriov + 0x08;
constexpr uint64_t kSriovTotal = kSriov + 0x0c;  // in the upper half
constexpr uint64_t kSriovNumVfs = kSriov + 0x10;
constexpr uint32_t kVfEnableAndMemory = 1u << 0 | 1u << 3;
constexpr unsigned kMaxCapabilities = 48;  // as many as fit behind the header, 4 bytes each
constexpr uint32_t kMsixEnable = 1u << 31;
constexpr uint32_t kMsixMaskAll = 1u << 30;
constexpr uint32_t kBirMask = 7;
constexpr uint64_t kEntryBytes = 16;

Space bar_of(uint32_t register_value, const char* what) {
  switch (register_value & kBirMask) {
    case 0:
      return Space::kBar0;
    case 4:
      return Space::kBar4;
    default:
      throw DriverError(fmt::format("PCI: the MSI-X {} is in BAR {}, which is not mapped", what,
                                    register_value & kBirMask));
  }
}

}  // namespace

void PciFunction::probe() {
  const uint32_t identity = port_.read32(Space::kConfig, kIdentityOffset);
  if (identity == kNoAnswer) throw DriverError("PCI: no function answers");
  if (identity != kPhysical && identity != kVirtual) {
    throw DriverError(fmt::format("PCI: identity {:04x}:{:04x} is no IDPF function, 8086:1452 or 8086:145c",
                                  identity & 0xffff, identity >> 16));
  }
  virtual_ = identity == kVirtual;
  find_capabilities();
  set_command(kCommandMemory | kCommandBusMaster, 0);
}

void PciFunction::find_capabilities() {
  if ((port_.read32(Space::kConfig, kCommandOffset) & kStatusCapabilities) == 0) {
    throw DriverError("PCI: the function has no capability list");
  }
  capability_ = express_ = 0;
  uint32_t offset = port_.read32(Space::kConfig, kCapabilitiesOffset) & 0xfc;
  for (unsigned i = 0; offset != 0; ++i) {
    if (i == kMaxCapabilities) throw DriverError("PCI: the capability list has no end");
    const uint32_t head = port_.read32(Space::kConfig, offset);
    if ((head & 0xff) == kCapabilityMsix) capability_ = offset;
    if ((head & 0xff) == kCapabilityExpress) express_ = offset;
    offset = (head >> 8) & 0xfc;
  }
  if (capability_ == 0) throw DriverError("PCI: the function has no MSI-X capability");
  offset = capability_;
  const uint32_t table = port_.read32(Space::kConfig, offset + 4);
  const uint32_t pending = port_.read32(Space::kConfig, offset + 8);
  vectors_ = ((port_.read32(Space::kConfig, offset) >> 16) & 0x7ff) + 1;
  table_space_ = bar_of(table, "table");
  table_offset_ = table & ~kBirMask;
  pending_space_ = bar_of(pending, "pending bit array");
  pending_offset_ = pending & ~kBirMask;
}

void PciFunction::set_command(uint32_t set, uint32_t clear) {
  const uint32_t command = port_.read32(Space::kConfig, kCommandOffset) & 0xffff;
  port_.write32(Space::kConfig, kCommandOffset, (command | set) & ~clear);
}

void PciFunction::write_message_control(uint32_t value) {
  port_.write32(Space::kConfig, capability_, value);
}

void PciFunction::enable_msix() {
  const uint32_t control = port_.read32(Space::kConfig, capability_) & ~(kMsixEnable | kMsixMaskAll);
  // Masked as a whole while the table is written: no entry may fire half-written.
  write_message_control(control | kMsixEnable | kMsixMaskAll);
  const uint64_t address = port_.message_address();
  for (unsigned vector = 0; vector < vectors_; ++vector) {
    const uint64_t entry = table_offset_ + vector * kEntryBytes;
    port_.write32(table_space_, entry + 0, static_cast<uint32_t>(address));
    port_.write32(table_space_, entry + 4, static_cast<uint32_t>(address >> 32));
    port_.write32(table_space_, entry + 8, vector);
    port_.write32(table_space_, entry + 12, 0);
  }
  set_command(kCommandIntxOff, 0);
  write_message_control(control | kMsixEnable);
}

void PciFunction::disable() {
  if (capability_ == 0) return;
  const uint32_t control = port_.read32(Space::kConfig, capability_);
  write_message_control(control & ~(kMsixEnable | kMsixMaskAll));
  set_command(0, kCommandBusMaster);
}

void PciFunction::reset() {
  if (express_ == 0) throw DriverError("PCI: the function has no PCI Express capability to be reset by");
  const uint32_t control = port_.read32(Space::kConfig, express_ + kDeviceControl) & 0xffff;
  port_.write32(Space::kConfig, express_ + kDeviceControl, control | kInitiateReset);
}

void PciFunction::enable_vfs(unsigned count) {
  if (count == 0) return port_.write32(Space::kConfig, kSriovControl, 0);
  if ((port_.read32(Space::kConfig, kSriov) & 0xffff) != kSriovId) {
    throw DriverError("PCI: the function has no SR-IOV capability");
  }
  if (const uint32_t total = port_.read32(Space::kConfig, kSriovTotal) >> 16; count > total) {
    throw DriverError(fmt::format("PCI: {} virtual functions of {}", count, total));
  }
  port_.write32(Space::kConfig, kSriovNumVfs, count);
  port_.write32(Space::kConfig, kSriovControl, kVfEnableAndMemory);
}

bool PciFunction::pending(unsigned vector) const {
  const uint32_t word = port_.read32(pending_space_, pending_offset_ + vector / 32 * 4);
  return (word >> (vector % 32) & 1) != 0;
}

}  // namespace pspnic::host
