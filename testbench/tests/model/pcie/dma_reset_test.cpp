// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>

#include "model/pcie/dma.h"
#include "testbench/tests/model/pcie/dma_bench.h"

namespace pspnic::pcie {
namespace {

constexpr uint64_t kBase = FakeMemory::kBase;
constexpr Time kRoundTrip = 550 * base::kNs;
constexpr Time kPosted = 250 * base::kNs;

TEST(DmaReset, DropsReadsAndTouchesNothing) {
  LinkParams params;
  params.tags = 2;
  DmaBench bench(params);
  std::fill_n(bench.memory.at(kBase), 4096, uint8_t{1});
  std::vector<std::vector<uint8_t>> places(6, std::vector<uint8_t>(2000, 0xee));
  for (auto& place : places) bench.dma.read(kBase, place, bench.reads.callback());
  bench.agenda.at(kRoundTrip - 1, [&] {
    bench.dma.reset();
    EXPECT_EQ(bench.dma.reads_in_flight(), 0u);
  });
  sc_core::sc_start();
  EXPECT_TRUE(bench.reads.done.empty());
  for (const auto& place : places) EXPECT_EQ(place, std::vector<uint8_t>(2000, 0xee));
}

TEST(DmaReset, PostedWritesThatLeftStillLand) {
  DmaBench bench;
  const Time left = bench.dma.write(kTester, kBase, std::array<uint8_t, 8>{1, 2, 3});
  bench.agenda.at(left, [&] { bench.dma.reset(); });
  sc_core::sc_start();
  ASSERT_EQ(bench.memory.landed.size(), 1u);
  EXPECT_EQ(bench.memory.landed[0].when, left + kPosted);
}

// Completions under way still come back and free their tags then, not before.
TEST(DmaReset, TagsComeBackWithTheirCompletions) {
  LinkParams params;
  params.tags = 1;
  DmaBench bench(params);
  std::array<uint8_t, 64> old_place, new_place;
  old_place.fill(0xee);
  bench.dma.read(kBase, old_place, bench.reads.callback(), 1);
  bench.agenda.at(100 * base::kNs, [&] {
    bench.dma.reset();
    bench.dma.read(kBase, new_place, bench.reads.callback(), 2);
  });
  sc_core::sc_start();
  EXPECT_EQ(bench.reads.done, (std::vector<ReadDone>{{2 * kRoundTrip, 2, DmaStatus::kOk}}));
  EXPECT_EQ(old_place[0], 0xee);
  EXPECT_EQ(new_place[0], 0);
}

TEST(DmaReset, OldCompletionsDoNotAnswerNewReads) {
  DmaBench bench;
  std::array<uint8_t, 64> old_place{}, new_place{};
  for (int i = 0; i < 3; ++i) bench.dma.read(kBase, old_place, bench.reads.callback(), 1);
  bench.agenda.at(500 * base::kNs, [&] {
    bench.dma.reset();
    bench.dma.read(kBase, new_place, bench.reads.callback(), 2);
  });
  sc_core::sc_start();
  EXPECT_EQ(bench.reads.done, (std::vector<ReadDone>{{500 * base::kNs + kRoundTrip, 2, DmaStatus::kOk}}));
}

TEST(DmaReset, MayComeFromACallback) {
  DmaBench bench;
  std::array<uint8_t, 64> place{};
  bench.reads.action = [&](uint64_t argument) {
    if (argument == 0) bench.dma.reset();
  };
  for (uint64_t i = 0; i < 3; ++i) bench.dma.read(kBase, place, bench.reads.callback(), i);
  sc_core::sc_start();
  EXPECT_EQ(bench.reads.done.size(), 1u);
}

// A completion makes earlier writes visible; if one of them hits nothing, and that resets the device, the
// completion belongs to nobody any more.
TEST(DmaReset, MayComeWhileACompletionSettlesWrites) {
  DmaBench bench;
  base::PacketPool pool;
  std::array<uint8_t, 64> place;
  place.fill(0xee);
  base::PacketPtr packet = pool.take(64);
  const auto bytes = packet->bytes();
  bench.faults.action = [&] { bench.dma.reset(); };
  bench.dma.write_packet(kTester, 8, bytes, std::move(packet));
  bench.dma.read(kBase, place, bench.reads.callback());
  sc_core::sc_start();
  EXPECT_EQ(bench.faults.faults.size(), 1u);
  EXPECT_TRUE(bench.reads.done.empty());
  EXPECT_EQ(place[0], 0xee);
}

}  // namespace
}  // namespace pspnic::pcie
