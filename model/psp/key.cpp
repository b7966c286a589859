// SPDX-License-Identifier: Apache-2.0
#include "model/psp/key.h"

#include <algorithm>

#include "model/net/wipe.h"

namespace pspnic::psp {

SessionKey::SessionKey(std::span<const uint8_t> key) noexcept {
  if (key.size() != 16 && key.size() != 32) return;
  std::copy(key.begin(), key.end(), bytes.begin());
  size = static_cast<uint8_t>(key.size());
}

void SessionKey::wipe() noexcept {
  net::wipe(bytes);
  size = 0;
}

DeviceKey::DeviceKey(std::span<const uint8_t, kDeviceKeyBytes> key) noexcept {
  std::copy(key.begin(), key.end(), bytes_.begin());
}

DeviceKey::DeviceKey(DeviceKey&& other) noexcept : bytes_(other.bytes_) {
  other.wipe();
}

DeviceKey& DeviceKey::operator=(DeviceKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    other.wipe();
  }
  return *this;
}

void DeviceKey::wipe() noexcept {
  net::wipe(bytes_);
}

}  // namespace pspnic::psp
