// SPDX-License-Identifier: Apache-2.0
// One Ethernet port of DPDK with as many receive as transmit queues: the calls of the ethdev interface in the
// order in which any application makes them, and a text for each that fails.
#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "testbench/dpdk/last_received.h"

namespace pspnic::dpdk {

// RSS key length of the idpf driver.
inline constexpr size_t kRssKeyBytes = 52;

struct PoolDeleter {
  void operator()(rte_mempool* pool) const { rte_mempool_free(pool); }
};
using Pool = std::unique_ptr<rte_mempool, PoolDeleter>;

// `buffers` mbufs, each for `bytes` of data behind the usual headroom. std::runtime_error.
Pool make_pool(const std::string& name, unsigned buffers, unsigned bytes);

struct PortOptions {
  uint16_t queues = 1;
  uint16_t tx_ring = 512;
  uint16_t rx_ring = 512;  // completions; each of the two buffer queues has as many buffers
  uint16_t mtu = 1500;
  uint64_t rx_offloads = 0;  // RTE_ETH_RX_OFFLOAD_...
  uint64_t tx_offloads = 0;
  uint64_t rss = 0;  // RTE_ETH_RSS_...; 0: RSS as the driver has it by itself
  std::array<uint8_t, kRssKeyBytes> rss_key{};
};

class Port {
 public:
  // The port of the card in this slot; std::runtime_error if DPDK has none. Nothing is configured yet.
  explicit Port(const std::string& slot);

  uint16_t id() const { return id_; }
  // Each throws std::runtime_error that names the call.
  void configure(const PortOptions& options, rte_mempool* pool);
  void start();
  void stop();
  void close();
  // One queue of a port that is started.
  void start_receiving(uint16_t queue);
  void stop_receiving(uint16_t queue);

  rte_ether_addr mac() const;

  // At most kMaxBurst, which are the caller's to free or to send. The last ones have a second reference: see
  // LastReceived.
  static constexpr unsigned kMaxBurst = LastReceived::kMaxBurst;
  unsigned receive(uint16_t queue, std::span<rte_mbuf*> packets) {
    const auto most = static_cast<uint16_t>(std::min<size_t>(packets.size(), kMaxBurst));
    const uint16_t count = rte_eth_rx_burst(id_, queue, packets.data(), most);
    last_received_.keep(driver_queue(queue), packets.first(count));
    return count;
  }
  // How many were taken; the rest stays the caller's.
  unsigned send(uint16_t queue, std::span<rte_mbuf*> packets) {
    return rte_eth_tx_burst(id_, queue, packets.data(), static_cast<uint16_t>(packets.size()));
  }

 private:
  void* driver_queue(uint16_t queue) const { return rte_eth_fp_ops[id_].rxq.data[queue]; }

  uint16_t id_;
  LastReceived last_received_;
};

}  // namespace pspnic::dpdk
