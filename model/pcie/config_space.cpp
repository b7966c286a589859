// SPDX-License-Identifier: Apache-2.0
#include "model/pcie/config_space.h"

namespace pspnic::pcie {

namespace {

constexpr uint16_t kCommand = 0x04;
constexpr uint16_t kClass = 0x08;
constexpr uint16_t kBar0 = 0x10;
constexpr uint16_t kBar4 = 0x20;
constexpr uint16_t kSubsystem = 0x2c;
constexpr uint16_t kCapabilities = 0x34;
constexpr uint16_t kPowerManagement = 0x40;
constexpr uint16_t kExpress = 0x70;

constexpr uint32_t kCommandBits = 0x0000'0506;  // memory space, bus master, INTx disable, SERR
constexpr uint32_t kStatusHasCapabilities = 0x0010'0000;
constexpr uint32_t kBar64BitPrefetchable = 0xc;
constexpr uint32_t kMsixEnable = 1u << 31;
constexpr uint32_t kMsixMaskAll = 1u << 30;
constexpr uint32_t kBarIndicator4 = 4;

}  // namespace

ConfigSpace::ConfigSpace(const Identity& identity) {
  word(0) = identity.vendor | uint32_t{identity.device} << 16;
  word(kCommand) = kStatusHasCapabilities;
  writable_[kCommand / 4] = kCommandBits;
  word(kClass) = identity.class_code << 8;
  word(kSubsystem) = identity.vendor | uint32_t{identity.device} << 16;
  word(kCapabilities) = kPowerManagement;

  word(kBar0) = kBar64BitPrefetchable;
  writable_[kBar0 / 4] = ~(identity.bar0_bytes - 1);
  writable_[kBar0 / 4 + 1] = ~0u;
  word(kBar4) = kBar64BitPrefetchable;
  writable_[kBar4 / 4] = ~(kBar4Bytes - 1);
  writable_[kBar4 / 4 + 1] = ~0u;

  word(kPowerManagement) = 0x01 | kMsixCapability << 8 | 3u << 16;
  word(kMsixCapability) = 0x11 | kExpress << 8 | uint32_t(identity.vectors - 1) << 16;
  writable_[kMsixCapability / 4] = kMsixEnable | kMsixMaskAll;
  word(kMsixCapability + 4) = kMsixTableOffset | kBarIndicator4;
  word(kMsixCapability + 8) = kMsixPendingOffset | kBarIndicator4;
  word(kExpress) = 0x10 | 0u << 8 | 2u << 16;
}

uint32_t ConfigSpace::read(uint16_t offset) const {
  return offset / 4u < words_.size() ? words_[offset / 4] : 0;
}

void ConfigSpace::write(uint16_t offset, uint32_t value) {
  if (offset / 4u >= words_.size()) return;
  const uint32_t mask = writable_[offset / 4];
  word(offset) = (word(offset) & ~mask) | (value & mask);
}

bool ConfigSpace::msix_enabled() const {
  return (words_[kMsixCapability / 4] & kMsixEnable) != 0;
}
bool ConfigSpace::msix_function_masked() const {
  return (words_[kMsixCapability / 4] & kMsixMaskAll) != 0;
}

}  // namespace pspnic::pcie
