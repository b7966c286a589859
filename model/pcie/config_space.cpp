// SPDX-License-Identifier: Apache-2.0
#include "model/pcie/config_space.h"

#include <algorithm>

namespace pspnic::pcie {

namespace {

constexpr uint16_t kCommand = 0x04;
constexpr uint16_t kClass = 0x08;
constexpr uint16_t kBar0 = 0x10;
constexpr uint16_t kBar4 = 0x20;
constexpr uint16_t kSubsystem = 0x2c;
constexpr uint16_t kCapabilities = 0x34;
constexpr uint16_t kPowerManagement = 0x40;
constexpr uint16_t kExpress = ConfigSpace::kExpressCapability;
constexpr uint16_t kDeviceCapabilities = kExpress + 0x04;
constexpr uint16_t kDeviceControl = kExpress + 0x08;

constexpr uint32_t kBusMaster = 1u << 2;
constexpr uint32_t kCommandBits = 0x0000'0506;  // memory space, bus master, INTx disable, SERR
constexpr uint32_t kStatusHasCapabilities = 0x0010'0000;
constexpr uint32_t kBar64BitPrefetchable = 0xc;
constexpr uint32_t kMsixEnable = 1u << 31;
constexpr uint32_t kMsixMaskAll = 1u << 30;
constexpr uint32_t kBarIndicator4 = 4;
constexpr uint32_t kResetCapable = 1u << 28;  // function-level reset
constexpr uint32_t kSriovId = 0x0010;
constexpr uint32_t kSriovVersion = 1u << 16;
constexpr uint32_t kSystemPageSize = 1;  // 4 KiB

}  // namespace

ConfigSpace::ConfigSpace(const Identity& identity) {
  word(0) = identity.vendor | uint32_t{identity.device} << 16;
  word(kCommand) = kStatusHasCapabilities;
  writable_[kCommand / 4] = kCommandBits;
  word(kClass) = identity.class_code << 8;
  word(kSubsystem) = identity.vendor | uint32_t{identity.device} << 16;
  word(kCapabilities) = kPowerManagement;

  make_bar(kBar0, identity.bar0_bytes);
  make_bar(kBar4, kBar4Bytes);

  word(kPowerManagement) = 0x01 | kMsixCapability << 8 | 3u << 16;
  word(kMsixCapability) = 0x11 | kExpress << 8 | uint32_t(identity.vectors - 1) << 16;
  writable_[kMsixCapability / 4] = kMsixEnable | kMsixMaskAll;
  word(kMsixCapability + 4) = kMsixTableOffset | kBarIndicator4;
  word(kMsixCapability + 8) = kMsixPendingOffset | kBarIndicator4;
  word(kExpress) = 0x10 | 0u << 8 | 2u << 16;
  word(kDeviceCapabilities) = kResetCapable;
  if (identity.virtual_functions.total != 0) make_sriov(identity);
}

void ConfigSpace::make_sriov(const Identity& identity) {
  const VirtualFunctions& vfs = identity.virtual_functions;
  word(kSriovCapability) = kSriovId | kSriovVersion;
  writable_[kSriovControl / 4] = kSriovEnable | kSriovMemory;
  word(kSriovTotal) = vfs.total | uint32_t{vfs.total} << 16;
  writable_[kSriovNumVfs / 4] = 0xffff;
  // First VF offset 1, stride 1: functions are numbered one after the other.
  word(kSriovNumVfs + 4) = 1 | 1u << 16;
  word(kSriovDevice) = uint32_t{vfs.device} << 16;
  word(kSriovDevice + 4) = word(kSriovDevice + 8) = kSystemPageSize;
  constexpr uint16_t kVfBar0 = kSriovCapability + 0x24;
  constexpr uint16_t kVfBar4 = kVfBar0 + 16;
  make_bar(kVfBar0, vfs.bar0_bytes);
  make_bar(kVfBar4, kBar4Bytes);
}

void ConfigSpace::make_bar(uint16_t offset, uint32_t bytes) {
  word(offset) = kBar64BitPrefetchable;
  writable_[offset / 4] = ~(bytes - 1);
  writable_[offset / 4 + 1] = ~0u;
}

bool ConfigSpace::asks_for_reset(uint16_t offset, uint32_t value) {
  return offset == kDeviceControl && (value & kInitiateReset) != 0;
}

void ConfigSpace::reset() {
  for (const uint16_t offset : {kCommand, kMsixCapability, kSriovControl, kSriovNumVfs}) {
    word(offset) &= ~writable_[offset / 4];
  }
}

uint16_t ConfigSpace::vfs_enabled() const {
  if ((words_[kSriovControl / 4] & kSriovEnable) == 0) return 0;
  return static_cast<uint16_t>(std::min(words_[kSriovNumVfs / 4] & 0xffff, words_[kSriovTotal / 4] >> 16));
}

bool ConfigSpace::vf_memory_enabled() const {
  return (words_[kSriovControl / 4] & kSriovMemory) != 0;
}

uint32_t ConfigSpace::read(uint16_t offset) const {
  return offset / 4u < words_.size() ? words_[offset / 4] : 0;
}

void ConfigSpace::write(uint16_t offset, uint32_t value) {
  if (offset / 4u >= words_.size()) return;
  // NumVFs may be written only while there are none (9.3.3.7).
  if (offset == kSriovNumVfs && vfs_enabled() != 0) return;
  const uint32_t mask = writable_[offset / 4];
  word(offset) = (word(offset) & ~mask) | (value & mask);
}

bool ConfigSpace::bus_master() const {
  return (words_[kCommand / 4] & kBusMaster) != 0;
}

bool ConfigSpace::msix_enabled() const {
  return (words_[kMsixCapability / 4] & kMsixEnable) != 0;
}
bool ConfigSpace::msix_function_masked() const {
  return (words_[kMsixCapability / 4] & kMsixMaskAll) != 0;
}

}  // namespace pspnic::pcie
