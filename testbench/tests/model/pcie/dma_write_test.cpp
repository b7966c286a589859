// SPDX-License-Identifier: Apache-2.0
// Posted writes: when they land, in which order, and who hears of one that hits nothing.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "model/base/packet.h"
#include "model/pcie/dma.h"
#include "testbench/tests/model/pcie/dma_bench.h"

namespace pspnic::pcie {
namespace {

constexpr uint64_t kBase = FakeMemory::kBase;
constexpr uint64_t kNowhere = kBase + FakeMemory::kBytes;
constexpr Time kPosted = 250 * base::kNs;

std::vector<uint8_t> pattern(size_t size, uint8_t seed) {
  std::vector<uint8_t> bytes(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<uint8_t>(seed + 3 * i);
  return bytes;
}

TEST(DmaWrite, LandsAPostedLatencyAfterItsLastByteHasLeft) {
  DmaBench bench;
  std::vector<Time> left;
  // Closer together than the latency, so that several are on their way.
  for (Time i = 0; i < 40; ++i) {
    bench.agenda.at(i * 30 * base::kNs, [&, i] {
      left.push_back(bench.dma.write(kTester, kBase + 64 * i, pattern(1 + i, static_cast<uint8_t>(i))));
      EXPECT_NEAR(static_cast<double>(left.back() - i * 30 * base::kNs),
                  ps_on_link(static_cast<double>(25 + i), kGen4Mps256Bps), 2);
    });
  }
  sc_core::sc_start();
  ASSERT_EQ(bench.memory.landed.size(), 40u);
  for (size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(bench.memory.landed[i].when, left[i] + kPosted) << i;
    EXPECT_EQ(bench.memory.landed[i].address, kBase + 64 * i);
    EXPECT_EQ(bench.memory.landed[i].bytes, pattern(1 + i, static_cast<uint8_t>(i)));
  }
}

TEST(DmaWrite, IsCopied) {
  DmaBench bench;
  std::array<uint8_t, 64> bytes;
  bytes.fill(0x5a);
  bench.dma.write(kTester, kBase, bytes);
  bytes.fill(0);
  sc_core::sc_start();
  EXPECT_EQ(bench.memory.landed.at(0).bytes, std::vector<uint8_t>(64, 0x5a));
}

TEST(DmaWrite, PayloadThenDescriptorThenMessage) {
  DmaBench bench;
  base::PacketPool pool;
  std::mt19937 random(7);
  std::vector<uint64_t> order;
  for (uint64_t i = 0; i < 500; ++i) {
    bench.agenda.at(random() % (20 * base::kUs), [&, i] {
      const uint64_t address = kBase + 64 * (order.size() % 1000);
      if (i % 3 == 0) {
        base::PacketPtr packet = pool.take(static_cast<uint32_t>(60 + random() % 3000));
        const auto bytes = packet->bytes();
        std::fill(bytes.begin(), bytes.end(), uint8_t{1});
        bench.dma.write_packet(kTester, address, bytes, std::move(packet));
        order.push_back(address);
      }
      bench.dma.write(kTester, address + 32, pattern(32, 1));    // descriptor
      bench.dma.write(kTester, kBase + 0x80000, pattern(4, 1));  // message
      order.push_back(address + 32);
      order.push_back(kBase + 0x80000);
    });
  }
  sc_core::sc_start();
  std::vector<uint64_t> landed;
  Time last = 0;
  for (const Landed& write : bench.memory.landed) {
    landed.push_back(write.address);
    EXPECT_GE(write.when, last);
    last = write.when;
  }
  EXPECT_EQ(landed, order);
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST(DmaWrite, PacketBytesWaitForTheSmallWriteBehindThem) {
  DmaBench bench;
  base::PacketPool pool;
  base::PacketPtr packet = pool.take(1500);
  std::fill_n(packet->data(), 1500, uint8_t{9});
  const auto bytes = packet->bytes();
  Time small_left = 0;
  bench.dma.write(kTester, kBase + 0x2000, pattern(8, 1));  // does not take the packet along
  bench.dma.write_packet(kTester, kBase, bytes, std::move(packet));
  bench.agenda.at(5 * base::kUs, [&] {
    EXPECT_EQ(bench.memory.landed.size(), 1u) << "lazy";
    small_left = bench.dma.write(kTester, kBase + 0x3000, pattern(16, 1));
  });
  sc_core::sc_start();
  ASSERT_EQ(bench.memory.landed.size(), 3u);
  EXPECT_EQ(bench.memory.landed[1].address, kBase);
  EXPECT_EQ(bench.memory.landed[1].bytes, std::vector<uint8_t>(1500, 9));
  EXPECT_EQ(bench.memory.landed[2].when, small_left + kPosted);
}

TEST(DmaWrite, SettleShowsWhatIsDueAndNothingElse) {
  DmaBench bench;
  base::PacketPool pool;
  base::PacketPtr packet = pool.take(1000);
  std::fill_n(packet->data(), 1000, uint8_t{7});
  const auto bytes = packet->bytes();
  const Time visible = bench.dma.write_packet(kTester, kBase, bytes, std::move(packet)) + kPosted;
  bench.agenda.at(visible - 1, [&] {
    bench.dma.settle();
    EXPECT_EQ(*bench.memory.at(kBase), 0);
    EXPECT_EQ(pool.in_use(), 1u);
  });
  bench.agenda.at(visible, [&] {
    bench.dma.settle();
    EXPECT_EQ(*bench.memory.at(kBase + 999), 7);
    EXPECT_EQ(pool.in_use(), 0u);
  });
  sc_core::sc_start();
  EXPECT_EQ(bench.memory.landed.size(), 1u);
}

// Whatever the latencies are: on the link a read request does not pass a write.
TEST(DmaWrite, AReadBehindItOnTheLinkPushesItInFront) {
  base::EventQueue events("events");
  Agenda agenda(events);
  for (const Time posted : {250 * base::kNs, 550 * base::kNs, 20 * base::kUs}) {
    LinkParams params;
    params.posted_latency = base::Duration{posted};
    base::StatGroup root("nic");
    FakeMemory memory(events);
    FaultLog faults;
    ReadLog reads(events);
    DmaEngine dma(root, params, {events, memory, faults});
    std::array<uint8_t, 64> place{};
    base::PacketPool pool;
    base::PacketPtr packet = pool.take(9000);
    std::fill_n(packet->data(), 9000, uint8_t{4});
    const auto bytes = packet->bytes();
    const Time left = dma.write_packet(kTester, kBase, bytes, std::move(packet));
    agenda.at(left, [&] { dma.read(kBase + 9000 - 64, place, reads.callback()); });
    sc_core::sc_start();
    ASSERT_EQ(reads.done.size(), 1u);
    EXPECT_EQ(place[63], 4) << "posted latency " << posted;
  }
}

// A block that receives does not hold up one that sends.
TEST(DmaWrite, AReadRequestDoesNotWaitForWritesInFrontOfTheLink) {
  DmaBench bench;
  std::array<uint8_t, 64> place{};
  base::PacketPool pool;
  base::PacketPtr packet = pool.take(9000);
  const auto bytes = packet->bytes();
  const Time left = bench.dma.write_packet(kTester, kBase, bytes, std::move(packet));
  ASSERT_GT(left, 300 * base::kNs);
  bench.dma.read(kBase, place, bench.reads.callback());
  const Time later = bench.dma.write(kTester, kBase + 9000, place);
  sc_core::sc_start();
  ASSERT_EQ(bench.reads.done.size(), 1u);
  EXPECT_EQ(bench.reads.done[0].when, 550 * base::kNs);
  const double delayed = static_cast<double>(left) + ps_on_link(24 + 64 + 24, kGen4Mps256Bps);
  EXPECT_NEAR(static_cast<double>(later), delayed, 2) << "the request took its bytes";
}

TEST(DmaWrite, TheLastPieceCarriesThePacket) {
  DmaBench bench;
  base::PacketPool pool;
  base::PacketPtr packet = pool.take(200);
  std::fill_n(packet->data(), 200, uint8_t{3});
  const auto bytes = packet->bytes();
  bench.dma.write_packet(kTester, kBase, bytes.first(150), nullptr);
  bench.dma.write_packet(kTester, kBase + 4096, bytes.subspan(150), std::move(packet));
  bench.dma.write(kTester, kBase + 8192, pattern(16, 0));
  EXPECT_EQ(pool.in_use(), 1u);
  sc_core::sc_start();
  EXPECT_EQ(pool.in_use(), 0u);
  ASSERT_EQ(bench.memory.landed.size(), 3u);
  EXPECT_EQ(bench.memory.landed[0].bytes, std::vector<uint8_t>(150, 3));
  EXPECT_EQ(bench.memory.landed[1].bytes, std::vector<uint8_t>(50, 3));
}

// Answers of the mailbox carry session keys.
TEST(DmaWrite, LeavesNothingOfAMailboxAnswerInThePool) {
  DmaBench bench;
  base::PacketPool pool;
  base::PacketPtr packet = pool.take(300);
  std::fill_n(packet->data(), 300, uint8_t{0xaa});
  const uint8_t* data = packet->data();
  const auto bytes = packet->bytes();
  const Requester mailbox{Requester::Kind::kMailbox, 0};
  bench.dma.write_packet(mailbox, kBase, bytes, std::move(packet));
  bench.dma.write(mailbox, kBase + 4096, pattern(32, 0));
  sc_core::sc_start();
  EXPECT_EQ(bench.memory.landed.at(0).bytes, std::vector<uint8_t>(300, 0xaa));
  EXPECT_TRUE(std::all_of(data, data + 300, [](uint8_t byte) { return byte == 0; }));
}

TEST(DmaWrite, PiecesOfOnePacketThatFailAreToldApartFromPackets) {
  DmaBench bench;
  const Requester queue{Requester::Kind::kBufferQueue, 1};
  const auto write_piece = [&](uint64_t address, base::PacketPtr owner) {
    static const std::vector<uint8_t> bytes(100, 1);
    bench.dma.write_packet(queue, address, bytes, std::move(owner));
  };
  base::PacketPool pool;
  write_piece(kBase, nullptr);
  write_piece(kNowhere, nullptr);
  write_piece(kNowhere, nullptr);
  write_piece(kBase, pool.take(100));
  write_piece(kNowhere, pool.take(100));
  write_piece(kBase, nullptr);
  write_piece(kNowhere, pool.take(100));
  bench.dma.write(queue, kBase, pattern(16, 2));
  sc_core::sc_start();
  std::vector<bool> again;
  for (const Fault& fault : bench.faults.faults) again.push_back(fault.again);
  EXPECT_EQ(again, (std::vector<bool>{false, true, false, false}));
}

TEST(DmaWrite, OutsideMemoryIsReportedAndTheOthersLand) {
  DmaBench bench;
  bench.dma.write({Requester::Kind::kTxCompletion, 3}, kNowhere - 15, pattern(16, 1));
  bench.dma.write({Requester::Kind::kRxQueue, 4}, kBase, pattern(16, 2));
  bench.dma.write({Requester::Kind::kInterrupt, 9}, 8, pattern(4, 3));
  sc_core::sc_start();
  ASSERT_EQ(bench.faults.faults.size(), 2u);
  EXPECT_EQ(bench.faults.faults[0].requester.kind, Requester::Kind::kTxCompletion);
  EXPECT_EQ(bench.faults.faults[0].requester.queue, 3u);
  EXPECT_EQ(bench.faults.faults[0].address, kNowhere - 15);
  EXPECT_EQ(bench.faults.faults[0].length, 16u);
  EXPECT_EQ(bench.faults.faults[1].requester.kind, Requester::Kind::kInterrupt);
  EXPECT_EQ(bench.faults.faults[1].length, 4u);
  ASSERT_EQ(bench.memory.landed.size(), 1u);
  EXPECT_EQ(*bench.memory.at(kNowhere - 15), 0) << "not even the part that is mapped";
}

// A fault makes the device tell the host, by a write: what was on its way already still lands in time.
TEST(DmaWrite, MayBePostedWhileAFaultIsReported) {
  DmaBench bench;
  Time second_left = 0;
  Time third_left = 0;
  bench.faults.action = [&] { third_left = bench.dma.write(kTester, kBase + 64, pattern(8, 1)); };
  bench.dma.write(kTester, kNowhere, pattern(8, 1));
  bench.agenda.at(100 * base::kNs, [&] { second_left = bench.dma.write(kTester, kBase, pattern(8, 1)); });
  sc_core::sc_start();
  ASSERT_EQ(bench.memory.landed.size(), 2u);
  EXPECT_EQ(bench.memory.landed[0].address, kBase);
  EXPECT_EQ(bench.memory.landed[0].when, second_left + kPosted);
  EXPECT_EQ(bench.memory.landed[1].when, third_left + kPosted);
}

// The other side may answer a write at once with an access that makes the device write more, or look.
TEST(DmaWrite, MayBePostedWhileOneLands) {
  DmaBench bench;
  bench.memory.on_write = [&](uint64_t address) {
    if (address != kNowhere) return;
    for (uint64_t i = 0; i < 100; ++i) bench.dma.write(kTester, kBase + 64 * i, pattern(8, 1));
    bench.dma.settle();
  };
  bench.dma.write({Requester::Kind::kTxCompletion, 3}, kNowhere, pattern(8, 1));
  bench.dma.write(kTester, kBase + 0x9000, pattern(8, 1));
  sc_core::sc_start();
  ASSERT_EQ(bench.faults.faults.size(), 1u);
  EXPECT_EQ(bench.faults.faults[0].requester.kind, Requester::Kind::kTxCompletion);
  EXPECT_EQ(bench.faults.faults[0].requester.queue, 3u);
  EXPECT_EQ(bench.faults.faults[0].address, kNowhere);
  ASSERT_EQ(bench.memory.landed.size(), 101u);
  EXPECT_EQ(bench.memory.landed[0].address, kBase + 0x9000);
}

TEST(DmaWrite, OfTheHostOvertakesCompletions) {
  DmaBench bench;
  std::vector<uint8_t> large(100'000);
  std::array<uint8_t, 64> small;
  Time arrival = 0;
  bench.dma.read(kBase, large, bench.reads.callback());
  bench.agenda.at(base::kUs, [&] {
    arrival = bench.dma.arrive_at_device(base::kUs, 4);
    bench.dma.read(kBase, small, bench.reads.callback());
  });
  sc_core::sc_start();
  EXPECT_NEAR(static_cast<double>(arrival), base::kUs + ps_on_link(28, kGen4Mps256Bps) + kPosted, 2);
  ASSERT_EQ(bench.reads.done.size(), 2u);
  // 391 completions of the large read, the first two of them within the round trip; then 28 bytes of the
  // write.
  const double first = 550e3 + ps_on_link(100'000 - 512 + 20 * 389, kGen4Mps256Bps);
  EXPECT_NEAR(static_cast<double>(bench.reads.done[0].when), first, 20);
  EXPECT_NEAR(static_cast<double>(bench.reads.done[1].when), first + ps_on_link(28 + 84, kGen4Mps256Bps), 20);
}

}  // namespace
}  // namespace pspnic::pcie
