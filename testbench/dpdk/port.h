// SPDX-License-Identifier: Apache-2.0
// One Ethernet port of DPDK with as many receive as transmit queues: the calls of the ethdev interface in the
// order in which any application makes them, and a text for each that fails.
#pragma once

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

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
  // Each throws std::runtime_error that names the call. stop() frees what release() has kept.
  void configure(const PortOptions& options, rte_mempool* pool);
  void start();
  void stop();
  void close();

  rte_ether_addr mac() const;

  unsigned receive(uint16_t queue, std::span<rte_mbuf*> packets) {
    return rte_eth_rx_burst(id_, queue, packets.data(), static_cast<uint16_t>(packets.size()));
  }
  // How many were taken; the rest stays the caller's.
  unsigned send(uint16_t queue, std::span<rte_mbuf*> packets) {
    return rte_eth_tx_burst(id_, queue, packets.data(), static_cast<uint16_t>(packets.size()));
  }

  // Takes received packets back; in place of rte_pktmbuf_free(). The driver's stop frees once more what it
  // has handed out since it last refilled a buffer queue (with split queues, and up to 31 of each of the two,
  // if no call asks for more than kMaxBurst). A second reference on the last ones makes that harmless.
  void release(uint16_t queue, std::span<rte_mbuf*> packets);
  static constexpr unsigned kMaxBurst = 32;

 private:
  struct Kept {
    std::array<rte_mbuf*, 2 * kMaxBurst> packets{};
    unsigned next = 0;
  };

  uint16_t id_;
  std::vector<Kept> kept_;  // by queue
};

}  // namespace pspnic::dpdk
