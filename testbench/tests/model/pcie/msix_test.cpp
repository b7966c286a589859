// SPDX-License-Identifier: Apache-2.0
#include "model/pcie/msix.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/pcie/dma_bench.h"

namespace pspnic::pcie {
namespace {

constexpr uint16_t kVectors = 40;
constexpr uint64_t kMessages = FakeMemory::kBase + 0x1000;

struct MsixBench : DmaBench {
  MsixBench() {
    for (uint16_t v = 0; v < kVectors; ++v) {
      const uint64_t address = kMessages + 16u * v;
      table.write(16u * v, static_cast<uint32_t>(address));
      table.write(16u * v + 4, static_cast<uint32_t>(address >> 32));
      table.write(16u * v + 8, 0x4000'0000u + v);
    }
  }
  void control(uint32_t bits) {
    config.write(ConfigSpace::kMsixCapability, bits);
    table.config_changed();
  }
  void mask(uint16_t vector, bool masked) { table.write(16u * vector + 12, masked ? 1 : 0); }
  bool pending(uint16_t vector) { return (table.read(0x8000 + vector / 32 * 4) >> vector % 32 & 1) != 0; }
  // Messages since the last call.
  std::vector<uint16_t> received() {
    sc_core::sc_start();
    std::vector<uint16_t> vectors;
    for (const Landed& write : memory.landed) {
      const auto vector = static_cast<uint16_t>((write.address - kMessages) / 16);
      EXPECT_EQ(write.bytes, (std::vector<uint8_t>{static_cast<uint8_t>(vector), 0, 0, 0x40}));
      vectors.push_back(vector);
    }
    memory.landed.clear();
    return vectors;
  }

  static constexpr uint32_t kEnable = 1u << 31;
  static constexpr uint32_t kMaskAll = 1u << 30;
  ConfigSpace config{{.bar0_bytes = 1u << 20, .vectors = kVectors}};
  MsixTable table{root, kVectors, config, dma};
};

using Vectors = std::vector<uint16_t>;

TEST(Msix, StartsMasked) {
  MsixBench bench;
  for (uint16_t v = 0; v < kVectors; ++v) EXPECT_EQ(bench.table.read(16u * v + 12), 1u);
  bench.control(MsixBench::kEnable);
  bench.table.raise(3);
  EXPECT_EQ(bench.received(), Vectors{});
  EXPECT_TRUE(bench.pending(3));
}

TEST(Msix, SendsAddressAndDataOfTheVector) {
  MsixBench bench;
  bench.control(MsixBench::kEnable);
  for (const uint16_t v : {uint16_t{0}, uint16_t{33}, uint16_t{39}}) {
    bench.mask(v, false);
    bench.table.raise(v);
    bench.table.raise(v);
    EXPECT_EQ(bench.received(), (Vectors{v, v}));
    EXPECT_FALSE(bench.pending(v));
  }
}

TEST(Msix, AMaskedVectorIsSentOnceWhenUnmasked) {
  MsixBench bench;
  bench.control(MsixBench::kEnable);
  bench.table.raise(33);
  bench.table.raise(33);
  bench.table.raise(2);
  EXPECT_EQ(bench.table.read(0x8000), 1u << 2);
  EXPECT_EQ(bench.table.read(0x8004), 1u << 1);
  EXPECT_EQ(bench.table.read(0x8008), 0u);
  bench.mask(33, false);
  EXPECT_EQ(bench.received(), Vectors{33});
  EXPECT_FALSE(bench.pending(33));
  EXPECT_TRUE(bench.pending(2));
}

TEST(Msix, TheFunctionMaskHoldsAllBack) {
  MsixBench bench;
  bench.mask(1, false);
  bench.mask(5, false);
  bench.control(MsixBench::kEnable | MsixBench::kMaskAll);
  bench.table.raise(5);
  bench.table.raise(1);
  bench.table.raise(7);  // masked by itself as well
  EXPECT_EQ(bench.received(), Vectors{});
  bench.control(MsixBench::kEnable);
  EXPECT_EQ(bench.received(), (Vectors{1, 5}));
  EXPECT_TRUE(bench.pending(7));
}

TEST(Msix, NothingIsSentBeforeItIsEnabled) {
  MsixBench bench;
  bench.mask(1, false);
  bench.table.raise(1);
  EXPECT_EQ(bench.received(), Vectors{});
  bench.control(MsixBench::kEnable);
  EXPECT_EQ(bench.received(), Vectors{1});
}

TEST(Msix, PendingBitsAreReadOnly) {
  MsixBench bench;
  bench.control(MsixBench::kEnable);
  bench.table.raise(3);
  bench.table.write(0x8000, 0);
  EXPECT_TRUE(bench.pending(3));
  bench.table.write(0x8000, 0xffff'ffff);
  EXPECT_FALSE(bench.pending(4));
}

TEST(Msix, TheTableIsReadBackAndAddressesAreWords) {
  MsixBench bench;
  bench.table.write(32, 0x1234'5677);
  bench.table.write(36, 0x9abc'def0);
  bench.table.write(40, 0xdead'beef);
  bench.table.write(44, 0xffff'fffe);
  EXPECT_EQ(bench.table.read(32), 0x1234'5674u);
  EXPECT_EQ(bench.table.read(36), 0x9abc'def0u);
  EXPECT_EQ(bench.table.read(40), 0xdead'beefu);
  EXPECT_EQ(bench.table.read(44), 0u) << "only the mask bit is there";
}

TEST(Msix, WhatIsBeyondTheVectorsIsNotThere) {
  MsixBench bench;
  bench.table.write(16u * kVectors, 0xffff'ffff);
  bench.table.write(0x7ffc, 0xffff'ffff);
  bench.table.raise(kVectors);
  bench.table.raise(0xffff);
  EXPECT_EQ(bench.table.read(16u * kVectors), 0u);
  EXPECT_EQ(bench.table.read(0x7ffc), 0u);
  EXPECT_EQ(bench.table.read(0x8008), 0u);
  EXPECT_EQ(bench.table.read(0xfffc), 0u);
  EXPECT_EQ(bench.received(), Vectors{});
}

TEST(Msix, AResetForgetsWhatIsPendingAndKeepsTheTable) {
  MsixBench bench;
  bench.control(MsixBench::kEnable);
  bench.table.raise(3);
  bench.table.reset();
  EXPECT_FALSE(bench.pending(3));
  bench.mask(3, false);
  EXPECT_EQ(bench.received(), Vectors{});
  bench.table.raise(3);
  EXPECT_EQ(bench.received(), Vectors{3});
}

TEST(Msix, AMessageIsBehindTheDescriptor) {
  MsixBench bench;
  bench.control(MsixBench::kEnable);
  bench.mask(0, false);
  bench.dma.write(kTester, FakeMemory::kBase, std::vector<uint8_t>(32));
  bench.table.raise(0);
  sc_core::sc_start();
  ASSERT_EQ(bench.memory.landed.size(), 2u);
  EXPECT_EQ(bench.memory.landed[0].address, FakeMemory::kBase);
  EXPECT_GT(bench.memory.landed[1].when, bench.memory.landed[0].when);
}

}  // namespace
}  // namespace pspnic::pcie
