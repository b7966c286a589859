// SPDX-License-Identifier: Apache-2.0
// Which queue a packet comes to, against DPDK's own Toeplitz function and the driver's key.
#include <gtest/gtest.h>
#include <rte_thash.h>

#include <algorithm>
#include <array>
#include <vector>

#include "model/net/bytes.h"
#include "testbench/tests/testbench/dpdk/ports.h"

namespace pspnic::dpdk {
namespace {

constexpr uint16_t kQueues = 4;
constexpr unsigned kManyFlows = 512;
constexpr size_t kAddresses = 14 + 12;  // in the frame: source, destination, then the ports
constexpr size_t kPorts = 14 + 20;

class Rss : public testing::TestWithParam<Mode> {};

// The table that the driver sends by itself: entries 0, 1, .. queues - 1, 0, ...
unsigned queue_of(uint32_t hash) {
  constexpr uint32_t kTableEntries = 64;
  return hash % kTableEntries % kQueues;
}

uint32_t expected_hash(const uint8_t* frame, std::array<uint8_t, kRssKeyBytes> key) {
  uint32_t words[3] = {net::load_be32(frame + kAddresses), net::load_be32(frame + kAddresses + 4),
                       net::load_be32(frame + kPorts)};
  return rte_softrss(words, 3, key.data());
}

TEST_P(Rss, SpreadsByTheDriversKey) {
  BenchOptions bench_options;
  bench_options.arguments.fill(GetParam().arguments);
  DpdkBench bench("bench", bench_options);
  bench.run([&] {
    const Pool pool = make_pool("packets", 16383, 2048);
    Ports ports;
    PortOptions options{.queues = kQueues, .rss = RTE_ETH_RSS_NONFRAG_IPV4_UDP};
    for (size_t i = 0; i < kRssKeyBytes; ++i) options.rss_key[i] = static_cast<uint8_t>(0x6d + i * 29);
    ports.start(options, pool.get());
    const Datagrams datagrams(ports[kA].mac(), ports[kB].mac(), 60, 300, kManyFlows);
    for (uint64_t number = 0; number < kManyFlows; ++number) {
      rte_mbuf* packet = rte_pktmbuf_alloc(pool.get());
      datagrams.write(number, reinterpret_cast<uint8_t*>(
                                  rte_pktmbuf_append(packet, static_cast<uint16_t>(datagrams.size(number)))));
      ASSERT_EQ(ports[kA].send(static_cast<uint16_t>(number % kQueues), {&packet, 1}), 1u);
      bench.wait_for(base::kUs);
    }
    bench.wait_for(100 * base::kUs);
    std::array<unsigned, kQueues> seen{};
    for (uint16_t queue = 0; queue < kQueues; ++queue) {
      rte_mbuf* packets[Port::kMaxBurst];
      while (const unsigned count = ports[kB].receive(queue, packets)) {
        for (unsigned i = 0; i < count; ++i) {
          const auto* frame = rte_pktmbuf_mtod(packets[i], const uint8_t*);
          const uint32_t hash = expected_hash(frame, options.rss_key);
          EXPECT_EQ(queue_of(hash), queue);
          if (*GetParam().arguments == '\0') {  // with single queues the driver reports no hash
            EXPECT_NE(packets[i]->ol_flags & RTE_MBUF_F_RX_RSS_HASH, 0u);
            EXPECT_EQ(packets[i]->hash.rss, hash);
          }
        }
        seen[queue] += count;
        rte_pktmbuf_free_bulk(packets, count);
      }
    }
    EXPECT_EQ(seen[0] + seen[1] + seen[2] + seen[3], kManyFlows);
    for (const unsigned count : seen) EXPECT_GT(count, kManyFlows / kQueues / 2);
    ports.stop();
  });
  expect_clean(bench);
}

INSTANTIATE_TEST_SUITE_P(Modes, Rss, testing::Values(Mode{"Split", 4, ""}, Mode{"Single", 4, kSingle}),
                         testing::PrintToStringParamName());

}  // namespace
}  // namespace pspnic::dpdk
