// SPDX-License-Identifier: Apache-2.0
// Keys. Both kinds are wiped when they die, and neither can be printed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <span>

namespace pspnic::psp {

inline constexpr size_t kMaxSessionKeyBytes = 32;
inline constexpr size_t kDeviceKeyBytes = 32;  // always 256 bits, whatever the version

// The key of one security association and direction: 16 or 32 bytes.
struct SessionKey {
  std::array<uint8_t, kMaxSessionKeyBytes> bytes{};
  uint8_t size = 0;  // 16 or 32; 0: no key

  SessionKey() = default;
  // Takes 16 or 32 bytes; any other length gives no key (size 0).
  explicit SessionKey(std::span<const uint8_t> key) noexcept;
  SessionKey(const SessionKey&) = default;
  SessionKey& operator=(const SessionKey&) = default;
  ~SessionKey() { wipe(); }

  std::span<const uint8_t> view() const noexcept { return {bytes.data(), size}; }
  void wipe() noexcept;
};
std::ostream& operator<<(std::ostream&, const SessionKey&) = delete;

// The device key ("master key" of the specification) from which a receiver derives its session keys. It
// cannot be copied, compared or printed; moving it wipes the source.
class DeviceKey {
 public:
  explicit DeviceKey(std::span<const uint8_t, kDeviceKeyBytes> key) noexcept;
  DeviceKey(DeviceKey&& other) noexcept;
  DeviceKey& operator=(DeviceKey&& other) noexcept;
  DeviceKey(const DeviceKey&) = delete;
  DeviceKey& operator=(const DeviceKey&) = delete;
  ~DeviceKey() { wipe(); }
  bool operator==(const DeviceKey&) const = delete;

  // For key derivation only.
  std::span<const uint8_t, kDeviceKeyBytes> secret() const noexcept { return bytes_; }
  void wipe() noexcept;

 private:
  std::array<uint8_t, kDeviceKeyBytes> bytes_{};
};
std::ostream& operator<<(std::ostream&, const DeviceKey&) = delete;

}  // namespace pspnic::psp
