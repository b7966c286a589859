// SPDX-License-Identifier: Apache-2.0
// Configuration space of the function: type 0 header, power management, MSI-X and PCI Express capabilities
// (PCI Express Base Specification 5.0, chapter 7). BAR0 holds the registers, BAR4 the MSI-X table and pending
// bits.
#pragma once

#include <array>
#include <cstdint>

namespace pspnic::pcie {

inline constexpr uint16_t kMsixTableOffset = 0x0000;    // in BAR4
inline constexpr uint16_t kMsixPendingOffset = 0x8000;  // in BAR4
inline constexpr uint32_t kBar4Bytes = 64 * 1024;

class ConfigSpace {
 public:
  struct Identity {
    uint16_t vendor = 0x8086;
    uint16_t device = 0x1452;        // IDPF physical function
    uint32_t class_code = 0x020001;  // network, Ethernet, programming interface IDPF
    uint32_t bar0_bytes = 0;         // a power of two
    uint16_t vectors = 0;            // 1..2048
  };

  explicit ConfigSpace(const Identity& identity);

  uint32_t read(uint16_t offset) const;  // aligned to 4; 0 where nothing is
  void write(uint16_t offset, uint32_t value);

  bool msix_enabled() const;
  bool msix_function_masked() const;

  static constexpr uint16_t kMsixCapability = 0x50;

 private:
  uint32_t& word(uint16_t offset) { return words_[offset / 4]; }

  std::array<uint32_t, 64> words_{};
  std::array<uint32_t, 64> writable_{};  // bits the host may change
};

}  // namespace pspnic::pcie
