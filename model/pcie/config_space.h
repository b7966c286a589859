// SPDX-License-Identifier: Apache-2.0
// Configuration space of one function: type 0 header, power management, MSI-X and PCI Express capabilities
// (PCI Express Base Specification 5.0, chapter 7), and of a physical function that can have virtual ones the
// SR-IOV extended capability (chapter 9). BAR0 holds the registers, BAR4 the MSI-X table and pending bits.
//
// A virtual function answers with its own vendor and device id, as hosts present it to drivers; on the bus
// these fields are FFFFh and the ids stand in the SR-IOV capability, which is where they are here as well.
#pragma once

#include <array>
#include <cstdint>

namespace pspnic::pcie {

inline constexpr uint16_t kMsixTableOffset = 0x0000;    // in BAR4
inline constexpr uint16_t kMsixPendingOffset = 0x8000;  // in BAR4
inline constexpr uint32_t kBar4Bytes = 64 * 1024;

class ConfigSpace {
 public:
  // What the SR-IOV capability says; total == 0: there is none.
  struct VirtualFunctions {
    uint16_t total = 0;
    uint16_t device = 0;
    uint32_t bar0_bytes = 0;  // of each, a power of two
  };
  struct Identity {
    uint16_t vendor = 0x8086;
    uint16_t device = 0x1452;        // IDPF physical function
    uint32_t class_code = 0x020001;  // network, Ethernet, programming interface IDPF
    uint32_t bar0_bytes = 0;         // a power of two
    uint16_t vectors = 0;            // 1..2048
    VirtualFunctions virtual_functions = {};
  };

  explicit ConfigSpace(const Identity& identity);

  uint32_t read(uint16_t offset) const;  // aligned to 4; 0 where nothing is
  void write(uint16_t offset, uint32_t value);

  // Whether the write asks for a function-level reset. The bit reads 0.
  static bool asks_for_reset(uint16_t offset, uint32_t value);
  // After a function-level reset everything is as at power-on, but for the BARs: their addresses are the
  // host's bridge's here.
  void reset();

  bool bus_master() const;  // the function may reach memory
  bool msix_enabled() const;
  bool msix_function_masked() const;

  // VF Enable and NumVFs: so many virtual functions exist, 0 when switched off, never more than total.
  uint16_t vfs_enabled() const;
  bool vf_memory_enabled() const;  // VF MSE: their BARs answer

  static constexpr uint16_t kMsixCapability = 0x50;
  static constexpr uint16_t kExpressCapability = 0x70;
  static constexpr uint16_t kSriovCapability = 0x100;
  // Behind the head of the SR-IOV capability.
  static constexpr uint16_t kSriovControl = kSriovCapability + 0x08;
  static constexpr uint16_t kSriovTotal = kSriovCapability + 0x0c;   // InitialVFs, TotalVFs
  static constexpr uint16_t kSriovNumVfs = kSriovCapability + 0x10;  // and the function dependency link
  static constexpr uint16_t kSriovDevice = kSriovCapability + 0x18;  // VF device id in the upper half
  static constexpr uint32_t kSriovEnable = 1u << 0;                  // VF Enable
  static constexpr uint32_t kSriovMemory = 1u << 3;                  // VF MSE
  static constexpr uint32_t kInitiateReset = 1u << 15;               // of the device control register

 private:
  static constexpr uint16_t kBytes = 0x200;

  void make_sriov(const Identity& identity);
  void make_bar(uint16_t offset, uint32_t bytes);
  uint32_t& word(uint16_t offset) { return words_[offset / 4]; }

  std::array<uint32_t, kBytes / 4> words_{};
  std::array<uint32_t, kBytes / 4> writable_{};  // bits the host may change
};

}  // namespace pspnic::pcie
