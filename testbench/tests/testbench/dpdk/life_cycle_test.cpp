// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rte_dev.h>
#include <rte_mempool.h>

#include <array>
#include <optional>

#include "testbench/tests/testbench/dpdk/ports.h"

namespace pspnic::dpdk {
namespace {

constexpr unsigned kCycles = 10;
constexpr uint64_t kPackets = 1000;

class LifeCycle : public testing::TestWithParam<Mode> {};

// Hot removal and insertion, as of a device that is pulled.
void replug(const BenchOptions& options) {
  for (const Side side : {kA, kB}) {
    ASSERT_EQ(rte_eal_hotplug_remove("pci", kSlots[side]), 0);
  }
  ASSERT_EQ(rte_eth_dev_count_avail(), 0);
  for (const Side side : {kA, kB}) {
    ASSERT_EQ(rte_eal_hotplug_add("pci", kSlots[side], options.arguments[side].c_str()), 0);
  }
  ASSERT_EQ(rte_eth_dev_count_avail(), 2);
}

TEST_P(LifeCycle, ProbesRunsAndRemovesTenTimesOver) {
  BenchOptions options;
  options.arguments.fill(GetParam().arguments);
  DpdkBench bench("bench", options);
  bench.run([&] {
    const Pool pool = make_pool("packets", 16383, kJumboBytes);
    for (unsigned cycle = 0; cycle < kCycles && !testing::Test::HasFailure(); ++cycle) {
      SCOPED_TRACE(cycle);
      if (cycle > 0) replug(options);
      if (testing::Test::HasFatalFailure()) return;
      Ports ports;
      ports.start({.queues = GetParam().queues, .mtu = kJumboMtu}, pool.get());
      exchange(bench, ports, pool.get(), {kPackets, kPackets}, {.queues = GetParam().queues});
      ports.stop();
      expect_no_buffer_twice(pool.get());
      EXPECT_LE(rte_mempool_in_use_count(pool.get()), lost_by_driver(cycle + 1, GetParam().queues));
    }
  });
  expect_clean(bench);
  EXPECT_EQ(dropped(bench), 0u);
}

// Without a new probe: what a port keeps from one start to the next.
TEST_P(LifeCycle, StopsAndStartsTenTimesOver) {
  BenchOptions options;
  options.arguments.fill(GetParam().arguments);
  DpdkBench bench("bench", options);
  bench.run([&] {
    const Pool pool = make_pool("packets", 16383, kJumboBytes);
    Ports ports;
    ports.start({.queues = GetParam().queues, .mtu = kJumboMtu}, pool.get());
    for (unsigned cycle = 0; cycle < kCycles && !testing::Test::HasFailure(); ++cycle) {
      SCOPED_TRACE(cycle);
      exchange(bench, ports, pool.get(), {kPackets, kPackets}, {.queues = GetParam().queues});
      for (const Side side : {kA, kB}) ports[side].stop();
      for (const Side side : {kA, kB}) ports[side].start();
    }
    ports.stop();
    EXPECT_LE(rte_mempool_in_use_count(pool.get()), lost_by_driver(kCycles + 1, GetParam().queues));
  });
  expect_clean(bench);
  EXPECT_EQ(dropped(bench), 0u);
}

// One receive queue while its port goes on. With split queues its stop frees buffers that are no longer the
// driver's.
TEST_P(LifeCycle, StopsAndStartsOneReceiveQueueTenTimesOver) {
  BenchOptions options;
  options.arguments.fill(GetParam().arguments);
  DpdkBench bench("bench", options);
  bench.run([&] {
    const Pool pool = make_pool("packets", 16383, kJumboBytes);
    Ports ports;
    const uint16_t queues = GetParam().queues;
    ports.start({.queues = queues, .mtu = kJumboMtu}, pool.get());
    for (unsigned cycle = 0; cycle < kCycles && !testing::Test::HasFailure(); ++cycle) {
      SCOPED_TRACE(cycle);
      exchange(bench, ports, pool.get(), {kPackets + cycle, kPackets + cycle}, {.queues = queues});
      ports[kB].stop_receiving(static_cast<uint16_t>(cycle % queues));
      expect_no_buffer_twice(pool.get());
      ports[kB].start_receiving(static_cast<uint16_t>(cycle % queues));
    }
    ports.stop();
    expect_no_buffer_twice(pool.get());
    EXPECT_LE(rte_mempool_in_use_count(pool.get()), lost_by_driver(1, queues) + 2 * kCycles);
  });
  expect_clean(bench);
  EXPECT_EQ(dropped(bench), 0u);
}

INSTANTIATE_TEST_SUITE_P(Modes, LifeCycle,
                         testing::Values(Mode{"SplitOneQueue", 1, ""}, Mode{"SplitFourQueues", 4, ""},
                                         Mode{"SingleOneQueue", 1, kSingle},
                                         Mode{"SingleFourQueues", 4, kSingle}),
                         testing::PrintToStringParamName());

struct LateRead {
  void done(uint64_t, pcie::DmaStatus result) { status = result; }
  std::array<uint8_t, 64> bytes{};
  std::optional<pcie::DmaStatus> status;

  // By the card.
  void start(DpdkBench& bench, uint64_t address) {
    status.reset();
    bench.nic(kA).endpoint().dma().read(address, bytes, pcie::ReadCallback::to<&LateRead::done>(*this));
  }
};

// The EAL unmaps its memory, of which the card has a direct grant; nothing tells the card to stop.
TEST(EndOfTheEal, TheCardIsRefusedTheMemoryThatIsGone) {
  DpdkBench bench("bench", {});
  LateRead read;
  uint64_t address = 0;
  bench.run([&] {
    const Pool pool = make_pool("packets", 8191, 2048);
    Ports ports;
    ports.start({}, pool.get());
    rte_mbuf* packet = rte_pktmbuf_alloc(pool.get());
    address = rte_pktmbuf_iova(packet);
    read.start(bench, address);
    bench.wait_for(10 * base::kUs);
    EXPECT_EQ(read.status, pcie::DmaStatus::kOk);
    rte_pktmbuf_free(packet);
    ports.stop();
  });
  expect_clean(bench);
  read.start(bench, address);
  sc_core::sc_start(10, sc_core::SC_US);
  EXPECT_EQ(read.status, pcie::DmaStatus::kUnmapped);
  EXPECT_EQ(bench.dpdk_host(kA).bad_accesses(), 1u);
}

}  // namespace
}  // namespace pspnic::dpdk
