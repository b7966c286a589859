// SPDX-License-Identifier: Apache-2.0
// Accesses that fail although their addresses are right.
#include "model/pcie/dma_faults.h"

#include <gtest/gtest.h>

#include <array>

#include "testbench/tests/model/pcie/dma_bench.h"

namespace pspnic::pcie {
namespace {

constexpr uint64_t kBase = FakeMemory::kBase;

struct Source : DmaFaultSource {
  DmaStatus on_read(ReadFor purpose, std::span<uint8_t> data) override {
    purposes.push_back(purpose);
    if (change && !data.empty()) data[0] ^= 0x80;
    return status;
  }
  bool on_write() override { return writes_fail; }
  DmaStatus status = DmaStatus::kOk;
  bool change = false;
  bool writes_fail = false;
  std::vector<ReadFor> purposes;
};

TEST(DmaFaults, AReadAnswersWhatItsSourceSaysAtTheSameTime) {
  DmaBench bench;
  Source source;
  bench.dma.set_fault_source(&source);
  std::array<uint8_t, 64> place{};
  const DmaStatus statuses[] = {DmaStatus::kOk, DmaStatus::kAborted, DmaStatus::kPoisoned};
  for (size_t i = 0; i < 3; ++i) {
    bench.agenda.at(i * base::kUs, [&, i] {
      source.status = statuses[i];
      bench.dma.read(kBase, place, bench.reads.callback(), i, ReadFor::kPacketData);
    });
  }
  sc_core::sc_start();
  ASSERT_EQ(bench.reads.done.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(bench.reads.done[i].status, statuses[i]);
    EXPECT_EQ(bench.reads.done[i].when - i * base::kUs, bench.reads.done[0].when) << "no slower, no faster";
  }
  EXPECT_EQ(source.purposes, std::vector<ReadFor>(3, ReadFor::kPacketData));
}

TEST(DmaFaults, DataIsChangedOnItsWayAndNotInMemory) {
  DmaBench bench;
  Source source;
  source.change = true;
  bench.dma.set_fault_source(&source);
  std::array<uint8_t, 64> place{};
  bench.dma.read(kBase, place, bench.reads.callback(), 0, ReadFor::kDescriptors);
  sc_core::sc_start();
  EXPECT_EQ(place[0], 0x80);
  EXPECT_EQ(*bench.memory.at(kBase), 0);
}

TEST(DmaFaults, AReadOutsideMemoryIsUnmappedAndAsksNobody) {
  DmaBench bench;
  Source source;
  source.status = DmaStatus::kPoisoned;
  bench.dma.set_fault_source(&source);
  std::array<uint8_t, 64> place{};
  bench.dma.read(kBase - 64, place, bench.reads.callback());
  sc_core::sc_start();
  EXPECT_EQ(bench.reads.done[0].status, DmaStatus::kUnmapped);
  EXPECT_TRUE(source.purposes.empty());
}

TEST(DmaFaults, AWriteThatFailsTouchesNothingAndIsTold) {
  DmaBench bench;
  Source source;
  source.writes_fail = true;
  bench.dma.set_fault_source(&source);
  const std::array<uint8_t, 16> bytes{1, 2, 3};
  bench.dma.write(kTester, kBase, bytes);
  sc_core::sc_start();
  EXPECT_TRUE(bench.memory.landed.empty());
  ASSERT_EQ(bench.faults.faults.size(), 1u);
  EXPECT_EQ(bench.faults.faults[0].address, kBase);
}

TEST(DmaFaults, NoDescriptorAnnouncesDataThatWasLost) {
  DmaBench bench;
  struct First : Source {
    bool on_write() override { return writes++ == 0; }
    unsigned writes = 0;
  } source;
  bench.dma.set_fault_source(&source);
  const std::array<uint8_t, 128> data{1};
  const std::array<uint8_t, 16> descriptor{2}, next{3};
  bench.dma.write_packet(kTester, kBase, data, nullptr);
  bench.dma.write(kTester, kBase + 4096, descriptor);
  bench.dma.write(kTester, kBase + 4112, next);
  sc_core::sc_start();
  EXPECT_EQ(bench.faults.faults.size(), 2u);
  ASSERT_EQ(bench.memory.landed.size(), 1u);
  EXPECT_EQ(bench.memory.landed[0].address, kBase + 4112) << "what comes behind is whole";
}

TEST(DmaFaults, RulesSayWhatWasBroken) {
  using base::DriverRule;
  EXPECT_EQ(broken_rule(DmaStatus::kUnmapped, DriverRule::kRingUnmapped), DriverRule::kRingUnmapped);
  EXPECT_EQ(broken_rule(DmaStatus::kAborted, DriverRule::kRingUnmapped), DriverRule::kDmaAborted);
  EXPECT_EQ(broken_rule(DmaStatus::kPoisoned, DriverRule::kRingUnmapped), DriverRule::kDmaPoisoned);
}

}  // namespace
}  // namespace pspnic::pcie
