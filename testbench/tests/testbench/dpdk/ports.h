// SPDX-License-Identifier: Apache-2.0
// What the tests with DPDK's driver have in common: a bench whose two ports run, and what must hold at its
// end.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "model/base/violation.h"
#include "testbench/dpdk/bench.h"
#include "testbench/dpdk/exchange.h"
#include "testbench/dpdk/port.h"

namespace pspnic::dpdk {

inline constexpr uint16_t kJumboMtu = 9000;
inline constexpr unsigned kJumboBytes = 9216;  // of a buffer
inline constexpr unsigned kFlows = 16;

// No driver broke a rule, no device an address, and nothing is missing from the books.
inline void expect_clean(DpdkBench& bench) {
  for (const Side side : {kA, kB}) {
    for (const base::Violation& violation : bench.nic(side).violations().first()) {
      ADD_FAILURE() << bench.nic(side).violations().device() << ": " << to_string(violation);
    }
    EXPECT_EQ(bench.nic(side).imbalance(), "");
    EXPECT_EQ(bench.dpdk_host(side).bad_accesses(), 0u);
  }
}

// The driver loses the buffer of a buffer queue's last descriptor when it first refills that queue after a
// start: it fills all descriptors, hands over all but one, and begins there.
inline constexpr unsigned lost_by_driver(unsigned starts, unsigned queues) {
  return starts * kSides * queues * 2;
}

inline uint64_t dropped(DpdkBench& bench) {
  uint64_t packets = 0;
  for (const Side side : {kA, kB}) {
    for (size_t i = 0; i < static_cast<size_t>(base::DropReason::kCount); ++i) {
      packets += bench.nic(side).drops()[i];
    }
  }
  return packets;
}

// The driver's arguments for the single-queue model; without, it asks for split queues.
inline constexpr const char* kSingle = "tx_single=1,rx_single=1";

// Names in the lists of tests.
struct Mode {
  const char* name;
  uint16_t queues;
  const char* arguments;  // of the driver

  friend void PrintTo(const Mode& mode, std::ostream* out) { *out << mode.name; }
};

inline rte_ether_addr card_mac(Side side) {
  rte_ether_addr address;
  EXPECT_EQ(rte_ether_unformat_addr(kMacs[side], &address), 0);
  return address;
}

// A pool may miss buffers, but must not have one twice.
inline void expect_no_buffer_twice(rte_mempool* pool) {
  std::vector<rte_mbuf*> buffers;
  while (rte_mbuf* buffer = rte_pktmbuf_alloc(pool)) buffers.push_back(buffer);
  const std::set<rte_mbuf*> different(buffers.begin(), buffers.end());
  EXPECT_EQ(different.size(), buffers.size());
  if (different.size() == buffers.size()) {
    rte_pktmbuf_free_bulk(buffers.data(), static_cast<unsigned>(buffers.size()));
  }
}

// Both ports, by side.
struct Ports {
  std::array<Port, kSides> ports = {Port(kSlots[kA]), Port(kSlots[kB])};

  Port& operator[](Side side) { return ports[side]; }
  void start(const PortOptions& options, rte_mempool* pool) {
    for (Port& port : ports) {
      port.configure(options, pool);
      port.start();
    }
  }
  void stop() {
    for (Port& port : ports) {
      port.stop();
      port.close();
    }
  }
};

// Sends packets[side] datagrams from each side at once and checks that all arrive whole and in order.
inline void exchange(DpdkBench& bench, Ports& ports, rte_mempool* pool, std::array<uint64_t, kSides> packets,
                     Exchange::Options options = {}, unsigned most = kJumboMtu) {
  const rte_ether_addr macs[kSides] = {ports[kA].mac(), ports[kB].mac()};
  const Datagrams from_a(macs[kA], macs[kB], Datagrams::kLeastBytes, most, kFlows);
  const Datagrams from_b(macs[kB], macs[kA], Datagrams::kLeastBytes, most, kFlows);
  options.wait = [&](base::Time time) { bench.wait_for(time); };
  options.to_send = packets[kA];
  options.to_receive = packets[kB];
  Exchange a(ports[kA], pool, from_a, from_b, options);
  std::swap(options.to_send, options.to_receive);
  Exchange b(ports[kB], pool, from_b, from_a, options);
  bench.run_together({[&] { a.run(); }, [&] { b.run(); }});
  EXPECT_EQ(a.outcome().sent, packets[kA]);
  EXPECT_EQ(b.outcome().sent, packets[kB]);
  EXPECT_EQ(b.outcome().received, packets[kA]);
  EXPECT_EQ(a.outcome().received, packets[kB]);
  for (const Exchange* side : {&a, &b}) {
    EXPECT_EQ(side->outcome().wrong, 0u);
    EXPECT_EQ(side->outcome().misplaced, 0u);
  }
}

}  // namespace pspnic::dpdk
