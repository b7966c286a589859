// SPDX-License-Identifier: Apache-2.0
// What an operating system does to a function it has never seen.
#include "model/pcie/config_space.h"

#include <gtest/gtest.h>

#include <vector>

namespace pspnic::pcie {
namespace {

constexpr ConfigSpace::Identity kIdentity{.bar0_bytes = 256u << 20, .vectors = 65};

TEST(ConfigSpaceTest, SaysWhatItIs) {
  const ConfigSpace config(kIdentity);
  EXPECT_EQ(config.read(0x00), 0x1452'8086u);
  EXPECT_EQ(config.read(0x08) >> 8, 0x02'00'01u);
  EXPECT_EQ(config.read(0x0c) >> 16 & 0xff, 0u) << "type 0, one function";
  EXPECT_EQ(config.read(0x3c), 0u) << "no INTx";
}

// All ones, read back, clear the low four bits, invert, add one: PCI Local Bus 3.0, section 6.2.5.1.
uint64_t bar_bytes(ConfigSpace& config, uint16_t offset) {
  config.write(offset, 0xffff'ffff);
  config.write(static_cast<uint16_t>(offset + 4), 0xffff'ffff);
  const uint32_t low = config.read(offset);
  EXPECT_EQ(low & 0xf, 0xcu) << "memory, 64 bits, prefetchable";
  const uint64_t mask = (uint64_t{config.read(static_cast<uint16_t>(offset + 4))} << 32) | (low & ~0xfu);
  return ~mask + 1;
}

TEST(ConfigSpaceTest, BarsTellTheirSize) {
  ConfigSpace config(kIdentity);
  EXPECT_EQ(bar_bytes(config, 0x10), 256u << 20);
  EXPECT_EQ(bar_bytes(config, 0x20), 64u << 10);
  for (const uint16_t none : {uint16_t{0x18}, uint16_t{0x1c}, uint16_t{0x30}}) {
    config.write(none, 0xffff'ffff);
    EXPECT_EQ(config.read(none), 0u) << "no BAR at " << none;
  }
}

TEST(ConfigSpaceTest, BarsKeepAnAddress) {
  ConfigSpace config(kIdentity);
  config.write(0x10, 0xd000'0000);
  config.write(0x14, 0x0000'0038);
  EXPECT_EQ(config.read(0x10), 0xd000'000cu);
  EXPECT_EQ(config.read(0x14), 0x38u);
  config.write(0x10, 0xd123'4567);  // less than the size is not decoded
  EXPECT_EQ(config.read(0x10), 0xd000'000cu);
}

TEST(ConfigSpaceTest, CapabilitiesFormAListThatEnds) {
  const ConfigSpace config(kIdentity);
  ASSERT_NE(config.read(0x04) & 1u << 20, 0u) << "status: capabilities list";
  std::vector<uint8_t> found;
  uint8_t offset = static_cast<uint8_t>(config.read(0x34));
  while (offset != 0) {
    ASSERT_LT(found.size(), 48u) << "a loop";
    ASSERT_GE(offset, 0x40);
    ASSERT_EQ(offset % 4, 0);
    const uint32_t head = config.read(offset);
    found.push_back(static_cast<uint8_t>(head));
    offset = static_cast<uint8_t>(head >> 8);
  }
  EXPECT_EQ(found, (std::vector<uint8_t>{0x01, 0x11, 0x10})) << "power management, MSI-X, PCI Express";
  EXPECT_EQ(config.read(0x100), 0u) << "no extended capabilities";
  EXPECT_EQ(config.read(0xffc), 0u);
}

TEST(ConfigSpaceTest, MsixNamesItsTableAndSwitches) {
  ConfigSpace config(kIdentity);
  const uint16_t msix = ConfigSpace::kMsixCapability;
  EXPECT_EQ(config.read(msix) >> 16 & 0x7ff, 64u) << "vectors - 1";
  EXPECT_EQ(config.read(msix + 4), 0x0000u | 4) << "offset, BAR";
  EXPECT_EQ(config.read(msix + 8), 0x8000u | 4);
  EXPECT_FALSE(config.msix_enabled());
  EXPECT_FALSE(config.msix_function_masked());
  config.write(msix, 0xffff'ffff);
  EXPECT_TRUE(config.msix_enabled());
  EXPECT_TRUE(config.msix_function_masked());
  EXPECT_EQ(config.read(msix) & 0x7ff'ffff, (64u << 16 | 0x70 << 8 | 0x11)) << "the rest is read-only";
  config.write(msix, 0x8000'0000);
  EXPECT_TRUE(config.msix_enabled());
  EXPECT_FALSE(config.msix_function_masked());
}

TEST(ConfigSpaceTest, WhatIsReadOnlyStays) {
  ConfigSpace config(kIdentity);
  const std::vector<uint16_t> fixed{0x00, 0x08, 0x0c, 0x2c, 0x34, 0x40, 0x70};
  for (const uint16_t offset : fixed) {
    const uint32_t before = config.read(offset);
    config.write(offset, ~before);
    EXPECT_EQ(config.read(offset), before) << offset;
  }
  config.write(0x04, 0xffff'ffff);
  EXPECT_EQ(config.read(0x04) & 0x6, 0x6u) << "memory space, bus master";
  EXPECT_EQ(config.read(0x04) & 0x1, 0u) << "no I/O space";
  EXPECT_EQ(config.read(0x04) >> 16, 0x10u);
}

constexpr ConfigSpace::Identity kWithVfs{
    .bar0_bytes = 256u << 20,
    .vectors = 65,
    .virtual_functions = {.total = 4, .device = 0x145c, .bar0_bytes = 1u << 20}};

TEST(ConfigSpaceTest, SriovTellsWhatThereCanBe) {
  ConfigSpace config(kWithVfs);
  EXPECT_EQ(config.read(0x100), 0x0001'0010u) << "SR-IOV, version 1, the last one";
  EXPECT_EQ(config.read(0x10c), 0x0004'0004u);
  EXPECT_EQ(config.read(0x118) >> 16, 0x145cu);
  EXPECT_EQ(bar_bytes(config, 0x124), 1u << 20);
  EXPECT_EQ(bar_bytes(config, 0x134), 64u << 10);
  EXPECT_EQ(ConfigSpace(kIdentity).read(0x100), 0u);
}

TEST(ConfigSpaceTest, VfsAreThoseEnabledAndNeverMoreThanThereAre) {
  ConfigSpace config(kWithVfs);
  config.write(ConfigSpace::kSriovNumVfs, 3);
  EXPECT_EQ(config.vfs_enabled(), 0);
  config.write(ConfigSpace::kSriovControl, ConfigSpace::kSriovEnable);
  EXPECT_EQ(config.vfs_enabled(), 3);
  EXPECT_FALSE(config.vf_memory_enabled());
  config.write(ConfigSpace::kSriovNumVfs, 1);
  EXPECT_EQ(config.vfs_enabled(), 3) << "it may not be changed while they are there";
  config.write(ConfigSpace::kSriovControl, 0);
  config.write(ConfigSpace::kSriovNumVfs, 500);
  config.write(ConfigSpace::kSriovControl, ConfigSpace::kSriovEnable | ConfigSpace::kSriovMemory);
  EXPECT_EQ(config.vfs_enabled(), 4);
  EXPECT_TRUE(config.vf_memory_enabled());
  config.write(ConfigSpace::kSriovControl, 0);
  EXPECT_EQ(config.vfs_enabled(), 0);
}

TEST(ConfigSpaceTest, AFunctionLevelResetKeepsOnlyAddresses) {
  ConfigSpace config(kWithVfs);
  EXPECT_NE(config.read(0x74) & 1u << 28, 0u) << "FLR capable";
  EXPECT_TRUE(ConfigSpace::asks_for_reset(0x78, 1u << 15));
  EXPECT_FALSE(ConfigSpace::asks_for_reset(0x78, 1u << 14));
  EXPECT_FALSE(ConfigSpace::asks_for_reset(0x74, 1u << 15));
  config.write(0x10, 0xe000'0000);
  config.write(0x04, 0x6);
  config.write(ConfigSpace::kMsixCapability, 1u << 31);
  config.write(ConfigSpace::kSriovNumVfs, 2);
  config.write(ConfigSpace::kSriovControl, ConfigSpace::kSriovEnable);
  config.reset();
  EXPECT_EQ(config.read(0x10), 0xe000'000cu);
  EXPECT_EQ(config.read(0x04) & 0xffff, 0u);
  EXPECT_FALSE(config.msix_enabled());
  EXPECT_EQ(config.vfs_enabled(), 0);
}

}  // namespace
}  // namespace pspnic::pcie
