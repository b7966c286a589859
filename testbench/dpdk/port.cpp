// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/port.h"

#include <fmt/format.h>
#include <rte_errno.h>

#include <cstring>
#include <stdexcept>

namespace pspnic::dpdk {

namespace {

constexpr unsigned kPoolCache = 256;

void check(int status, const char* call) {
  if (status < 0) throw std::runtime_error(fmt::format("{}: {}", call, rte_strerror(-status)));
}

uint16_t find_port(const std::string& slot) {
  for (unsigned id = 0; id < RTE_MAX_ETHPORTS; ++id) {
    const auto port = static_cast<uint16_t>(id);
    if (rte_eth_dev_is_valid_port(port) == 0) continue;
    rte_eth_dev_info info;
    check(rte_eth_dev_info_get(port, &info), "rte_eth_dev_info_get");
    if (slot == rte_dev_name(info.device)) return port;
  }
  throw std::runtime_error(fmt::format("{}: no driver attached", slot));
}

}  // namespace

Pool make_pool(const std::string& name, unsigned buffers, unsigned bytes) {
  Pool pool(rte_pktmbuf_pool_create(name.c_str(), buffers, kPoolCache, 0,
                                    static_cast<uint16_t>(RTE_PKTMBUF_HEADROOM + bytes), SOCKET_ID_ANY));
  if (!pool) throw std::runtime_error(fmt::format("rte_pktmbuf_pool_create: {}", rte_strerror(rte_errno)));
  return pool;
}

Port::Port(const std::string& slot) : id_(find_port(slot)) {}

void Port::configure(const PortOptions& options, rte_mempool* pool) {
  rte_eth_conf conf;
  std::memset(&conf, 0, sizeof conf);
  conf.rxmode.mtu = options.mtu;
  conf.rxmode.offloads = options.rx_offloads;
  conf.txmode.offloads = options.tx_offloads;
  std::array<uint8_t, kRssKeyBytes> key = options.rss_key;
  if (options.rss != 0) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_key = key.data();
    conf.rx_adv_conf.rss_conf.rss_key_len = key.size();
    conf.rx_adv_conf.rss_conf.rss_hf = options.rss;
  }
  check(rte_eth_dev_configure(id_, options.queues, options.queues, &conf), "rte_eth_dev_configure");
  for (uint16_t queue = 0; queue < options.queues; ++queue) {
    check(rte_eth_rx_queue_setup(id_, queue, options.rx_ring, SOCKET_ID_ANY, nullptr, pool),
          "rte_eth_rx_queue_setup");
    check(rte_eth_tx_queue_setup(id_, queue, options.tx_ring, SOCKET_ID_ANY, nullptr),
          "rte_eth_tx_queue_setup");
  }
}

void Port::start() {
  check(rte_eth_dev_start(id_), "rte_eth_dev_start");
}

void Port::stop() {
  last_received_.before_stop();
  const int status = rte_eth_dev_stop(id_);
  last_received_.after_stop(status == 0);
  check(status, "rte_eth_dev_stop");
}

void Port::start_receiving(uint16_t queue) {
  check(rte_eth_dev_rx_queue_start(id_, queue), "rte_eth_dev_rx_queue_start");
}

void Port::stop_receiving(uint16_t queue) {
  void* const stopped = driver_queue(queue);
  last_received_.before_stop(stopped);
  const int status = rte_eth_dev_rx_queue_stop(id_, queue);
  last_received_.after_stop(stopped, status == 0);
  check(status, "rte_eth_dev_rx_queue_stop");
}

void Port::close() {
  check(rte_eth_dev_close(id_), "rte_eth_dev_close");
}

rte_ether_addr Port::mac() const {
  rte_ether_addr address;
  check(rte_eth_macaddr_get(id_, &address), "rte_eth_macaddr_get");
  return address;
}

}  // namespace pspnic::dpdk
