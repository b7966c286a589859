// SPDX-License-Identifier: Apache-2.0
// Reads: how long they take, in which order they end, and what tags do. Each test elaborates, so each runs in
// a process of its own.
#include "model/pcie/dma.h"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <numeric>

#include "testbench/tests/model/pcie/dma_bench.h"

namespace pspnic::pcie {
namespace {

constexpr uint64_t kBase = FakeMemory::kBase;
constexpr Time kRoundTrip = 550 * base::kNs;

void fill(FakeMemory& memory) {
  uint32_t state = 1;
  for (size_t i = 0; i < FakeMemory::kBytes; ++i) {
    state = state * 1664525 + 1013904223;
    memory.at(kBase)[i] = static_cast<uint8_t>(state >> 24);
  }
}

bool equal(FakeMemory& memory, uint64_t address, std::span<const uint8_t> bytes) {
  return std::equal(bytes.begin(), bytes.end(), memory.at(address));
}

TEST(DmaRead, AloneTakesExactlyTheRoundTrip) {
  DmaBench bench;
  fill(bench.memory);
  std::array<std::array<uint8_t, 512>, 6> places{};
  const std::array<uint32_t, 6> sizes{1, 16, 64, 255, 256, 512};
  std::vector<ReadDone> expected;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const Time when = (i + 1) * 2 * base::kUs + 7 * i;  // odd picoseconds
    bench.agenda.at(when, [&, i] {
      bench.dma.read(kBase + 1000 * i, std::span(places[i]).first(sizes[i]), bench.reads.callback(), i);
    });
    expected.push_back({when + kRoundTrip, i, DmaStatus::kOk});
  }
  sc_core::sc_start();
  EXPECT_EQ(bench.reads.done, expected);
  for (size_t i = 0; i < sizes.size(); ++i) {
    EXPECT_TRUE(equal(bench.memory, kBase + 1000 * i, std::span(places[i]).first(sizes[i])));
  }
}

TEST(DmaRead, OnASlowLinkTakesExactlyTheRoundTripToo) {
  LinkParams params;
  params.generation = 3;
  params.lanes = 1;
  params.round_trip = base::Duration{3 * base::kUs};
  DmaBench bench(params);
  std::array<uint8_t, 512> place{};
  bench.dma.read(kBase, place, bench.reads.callback());
  sc_core::sc_start();
  ASSERT_EQ(bench.reads.done.size(), 1u);
  EXPECT_EQ(bench.reads.done[0].when, 3 * base::kUs);
}

// 556 bytes on a link of less than 8 Gb/s take longer than 550 ns.
TEST(DmaRead, TakesWhatTheLinkTakesIfThatIsMore) {
  LinkParams params;
  params.generation = 3;
  params.lanes = 1;
  params.max_payload_bytes = 512;
  DmaBench bench(params);
  std::array<uint8_t, 512> place{};
  bench.dma.read(kBase, place, bench.reads.callback());
  sc_core::sc_start();
  ASSERT_EQ(bench.reads.done.size(), 1u);
  const double on_the_link = ps_on_link(24 + 532, tlp_bandwidth_bps(params));
  EXPECT_GT(on_the_link, 550e3);
  EXPECT_NEAR(static_cast<double>(bench.reads.done[0].when), on_the_link, 2);
  EXPECT_EQ(bench.dma.idle_read_time(512), bench.reads.done[0].when);
}

// Three requests: 512, 512 and 476 bytes. The first is there after the round trip, the others follow on the
// link.
TEST(DmaRead, IsSplitByTheMaximumReadRequest) {
  DmaBench bench;
  fill(bench.memory);
  std::array<uint8_t, 1500> place{};
  bench.dma.read(kBase + 3, place, bench.reads.callback());
  sc_core::sc_start();
  ASSERT_EQ(bench.reads.done.size(), 1u);
  const double expected = kRoundTrip + ps_on_link(512 + 2 * 20 + 476 + 2 * 20, kGen4Mps256Bps);
  EXPECT_NEAR(static_cast<double>(bench.reads.done[0].when), expected, 5);
  EXPECT_TRUE(equal(bench.memory, kBase + 3, place));
}

Time fifth_of_five_reads(DmaBench& bench) {
  std::array<uint8_t, 5 * 64> place{};
  for (size_t i = 0; i < 5; ++i) {
    bench.dma.read(kBase, std::span(place).subspan(64 * i, 64), bench.reads.callback(), i);
  }
  EXPECT_EQ(bench.dma.reads_in_flight(), 5u);
  sc_core::sc_start();
  EXPECT_EQ(bench.dma.reads_in_flight(), 0u);
  EXPECT_EQ(bench.reads.done.size(), 5u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(static_cast<double>(bench.reads.done[i].when),
                static_cast<double>(kRoundTrip) + static_cast<double>(i) * ps_on_link(84, kGen4Mps256Bps), 5);
  }
  return bench.reads.done[4].when;
}

TEST(DmaRead, TheLastTagLetsARequestGo) {
  LinkParams params;
  params.tags = 5;
  DmaBench bench(params);
  EXPECT_NEAR(static_cast<double>(fifth_of_five_reads(bench)),
              kRoundTrip + 4 * ps_on_link(84, kGen4Mps256Bps), 5);
}

TEST(DmaRead, WithoutATagARequestWaitsForTheFirstCompletion) {
  LinkParams params;
  params.tags = 4;
  DmaBench bench(params);
  EXPECT_EQ(fifth_of_five_reads(bench), 2 * kRoundTrip);
}

TEST(DmaRead, NeedsMoreTagsThanThereAre) {
  LinkParams params;
  params.tags = 3;
  DmaBench bench(params);
  fill(bench.memory);
  std::vector<uint8_t> large(9000), small(64);  // 18 requests
  bench.dma.read(kBase + 11, large, bench.reads.callback(), 1);
  bench.dma.read(kBase + 77, small, bench.reads.callback(), 2);
  sc_core::sc_start();
  ASSERT_EQ(bench.reads.done.size(), 2u);
  EXPECT_EQ(bench.reads.done[0].argument, 1u);
  EXPECT_EQ(bench.reads.done[1].argument, 2u);
  EXPECT_TRUE(equal(bench.memory, kBase + 11, large));
  EXPECT_TRUE(equal(bench.memory, kBase + 77, small));
  // Six rounds of three tags.
  EXPECT_GE(bench.reads.done[0].when, 6 * kRoundTrip);
  EXPECT_LT(bench.reads.done[0].when, 6 * kRoundTrip + kRoundTrip / 2);
}

TEST(DmaRead, EndsInTheOrderOfTheCalls) {
  LinkParams params;
  params.tags = 8;
  DmaBench bench(params);
  fill(bench.memory);
  constexpr size_t kReads = 300;
  std::vector<std::vector<uint8_t>> places(kReads);
  for (size_t i = 0; i < kReads; ++i) {
    places[i].resize(1 + i * 7919 % 3000);
    bench.agenda.at(i * 20 * base::kNs,
                    [&, i] { bench.dma.read(kBase + i, places[i], bench.reads.callback(), i); });
  }
  sc_core::sc_start();
  ASSERT_EQ(bench.reads.done.size(), kReads);
  for (size_t i = 0; i < kReads; ++i) {
    EXPECT_EQ(bench.reads.done[i].argument, i);
    EXPECT_TRUE(equal(bench.memory, kBase + i, places[i]));
    if (i > 0) {
      EXPECT_GE(bench.reads.done[i].when, bench.reads.done[i - 1].when);
    }
  }
}

TEST(DmaRead, OfNothingEndsInOrder) {
  DmaBench bench;
  std::array<uint8_t, 64> place{};
  bench.dma.read(kBase, place, bench.reads.callback(), 1);
  bench.dma.read(kBase, {}, bench.reads.callback(), 2);
  bench.dma.read(kBase, place, bench.reads.callback(), 3);
  sc_core::sc_start();
  ASSERT_EQ(bench.reads.done.size(), 3u);
  EXPECT_EQ(bench.reads.done[1].argument, 2u);
}

TEST(DmaRead, MayBeAskedForInACallback) {
  DmaBench bench;
  std::array<uint8_t, 64> place{};
  bench.reads.action = [&](uint64_t argument) {
    if (argument < 4) bench.dma.read(kBase, place, bench.reads.callback(), argument + 1);
  };
  bench.dma.read(kBase, place, bench.reads.callback(), 0);
  sc_core::sc_start();
  ASSERT_EQ(bench.reads.done.size(), 5u);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(bench.reads.done[i].when, (i + 1) * kRoundTrip);
}

TEST(DmaRead, OutsideMemoryLeavesTheDestinationUntouched) {
  DmaBench bench;
  std::vector<uint8_t> outside(64, 0xee), across(1024, 0xee), below(64, 0xee), inside(64, 0xee);
  const uint64_t end = kBase + FakeMemory::kBytes;
  bench.dma.read(end, outside, bench.reads.callback(), 0);
  bench.dma.read(end - 1023, across, bench.reads.callback(), 1);  // only the last byte is missing
  bench.dma.read(kBase - 1, below, bench.reads.callback(), 2);
  bench.dma.read(end - 64, inside, bench.reads.callback(), 3);
  sc_core::sc_start();
  ASSERT_EQ(bench.reads.done.size(), 4u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(bench.reads.done[i].status, DmaStatus::kUnmapped) << i;
  EXPECT_EQ(bench.reads.done[3].status, DmaStatus::kOk);
  EXPECT_EQ(outside, std::vector<uint8_t>(64, 0xee));
  EXPECT_EQ(across, std::vector<uint8_t>(1024, 0xee));
  EXPECT_EQ(below, std::vector<uint8_t>(64, 0xee));
  EXPECT_EQ(inside, std::vector<uint8_t>(64, 0));
  EXPECT_TRUE(bench.faults.faults.empty()) << "the block that asked is told, nobody else";
}

// Little's law as an identity: tags x time = reads x round trip.
TEST(DmaRead, TagsAreBookedForAsLongAsTheyAreUsed) {
  DmaBench bench;
  std::array<uint8_t, 64> place{};
  for (Time i = 0; i < 10; ++i) {
    bench.agenda.at(i * base::kUs, [&] { bench.dma.read(kBase, place, bench.reads.callback()); });
  }
  bench.agenda.at(100 * base::kUs, [] {});
  sc_core::sc_start();
  const auto json = nlohmann::json::parse(base::to_json(bench.root, {.elapsed_ps = 100 * base::kUs}));
  const auto& pcie = json["nic"]["pcie"];
  EXPECT_EQ(pcie["tags_used"]["value"], 0);
  EXPECT_NEAR(pcie["tags_used"]["mean"].get<double>(), 10 * 0.55 / 100, 1e-9);
  EXPECT_EQ(pcie["reads"]["value"], 10);
  EXPECT_EQ(pcie["read_bytes"]["value"], 640);
  EXPECT_EQ(pcie["read_time"]["min"], kRoundTrip);
  EXPECT_NEAR(pcie["upstream"]["utilisation"]["value"].get<double>(),
              ps_on_link(10 * 24, kGen4Mps256Bps) / 100e6, 1e-6);
}

}  // namespace
}  // namespace pspnic::pcie
