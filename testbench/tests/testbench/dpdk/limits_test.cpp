// SPDX-License-Identifier: Apache-2.0
// What happens when nobody polls: no buffers, no room for completions.
#include <gtest/gtest.h>
#include <rte_mempool.h>

#include <vector>

#include "testbench/tests/testbench/dpdk/ports.h"

namespace pspnic::dpdk {
namespace {

constexpr uint16_t kRing = 512;

class Limits : public testing::TestWithParam<Mode> {};

// Sends `count` datagrams from A; nobody polls B. All that fit leave the card of A.
void send_unheard(DpdkBench& bench, Ports& ports, rte_mempool* pool, const Datagrams& datagrams,
                  uint64_t count) {
  for (uint64_t number = 0; number < count;) {
    rte_mbuf* packet = rte_pktmbuf_alloc(pool);
    ASSERT_NE(packet, nullptr);
    const auto bytes = static_cast<uint16_t>(datagrams.size(number));
    datagrams.write(number, reinterpret_cast<uint8_t*>(rte_pktmbuf_append(packet, bytes)));
    for (unsigned tries = 0; ports[kA].send(0, {&packet, 1}) == 0; ++tries) {
      ASSERT_LT(tries, 1000u);
      bench.wait_for(base::kUs);
    }
    ++number;
  }
  bench.wait_for(base::kMs);
}

// Polls B until nothing comes any more; every packet must be the next of those that arrived at all.
uint64_t drain(DpdkBench& bench, Ports& ports, const Datagrams& datagrams) {
  uint64_t received = 0;
  uint64_t next = 0;
  for (unsigned idle = 0; idle < 100;) {
    rte_mbuf* packets[Port::kMaxBurst];
    const unsigned count = ports[kB].receive(0, packets);
    for (unsigned i = 0; i < count; ++i) {
      const uint64_t number =
          datagrams.read({rte_pktmbuf_mtod(packets[i], const uint8_t*), rte_pktmbuf_data_len(packets[i])});
      EXPECT_NE(number, Datagrams::kNone);
      EXPECT_GE(number, next);
      next = number + 1;
    }
    rte_pktmbuf_free_bulk(packets, count);
    received += count;
    idle = count == 0 ? idle + 1 : 0;
    bench.wait_for(base::kUs);
  }
  return received;
}

void overrun(const Mode& mode, uint64_t packets, uint64_t least_received, uint64_t& received) {
  BenchOptions options;
  options.arguments.fill(mode.arguments);
  DpdkBench bench("bench", options);
  bench.run([&] {
    const Pool pool = make_pool("packets", 16383, kJumboBytes);
    Ports ports;
    ports.start({.tx_ring = kRing, .rx_ring = kRing, .mtu = kJumboMtu}, pool.get());
    const Datagrams datagrams(ports[kA].mac(), ports[kB].mac(), 60, 200, kFlows);
    ASSERT_NO_FATAL_FAILURE(send_unheard(bench, ports, pool.get(), datagrams, packets));
    received = drain(bench, ports, datagrams);
    EXPECT_GE(received, least_received);
    EXPECT_EQ(received + bench.nic(kB).drops()[base::DropReason::kRxNoBuffer] +
                  bench.nic(kB).drops()[base::DropReason::kRxOverflow],
              packets);
    // All works as before.
    exchange(bench, ports, pool.get(), {3000, 3000});
    ports.stop();
  });
  expect_clean(bench);
}

// More packets than the completion ring holds, but not than there are buffers in the two buffer queues: a
// device that minds only the buffers overwrites completions, and the driver waits for ever for one that it
// takes for old.
TEST_P(Limits, TheCompletionRingIsNotOverrun) {
  uint64_t received = 0;
  overrun(GetParam(), 900, kRing - 1, received);
}

TEST_P(Limits, StarvedOfBuffersTheCardDropsAndGoesOn) {
  uint64_t received = 0;
  overrun(GetParam(), 20'000, kRing - 1, received);
  EXPECT_LT(received, 20'000u);
}

INSTANTIATE_TEST_SUITE_P(Modes, Limits, testing::Values(Mode{"Split", 1, ""}, Mode{"Single", 1, kSingle}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace pspnic::dpdk
