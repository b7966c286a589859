// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/exchange.h"

#include <algorithm>

namespace pspnic::dpdk {

Exchange::Exchange(Port& port, rte_mempool* pool, const Datagrams& sends, const Datagrams& receives,
                   const Options& options)
    : port_(port),
      pool_(pool),
      sends_(sends),
      receives_(receives),
      options_(options),
      next_(options.queues),
      expected_(receives.flows()),
      waiting_(options.queues) {
  for (uint16_t queue = 0; queue < options.queues; ++queue) next_[queue] = queue;
  for (unsigned flow = 0; flow < expected_.size(); ++flow) expected_[flow] = flow;
  outcome_.by_queue.resize(options.queues);
}

Exchange::~Exchange() {
  for (std::vector<rte_mbuf*>& packets : waiting_) {
    rte_pktmbuf_free_bulk(packets.data(), static_cast<unsigned>(packets.size()));
  }
}

void Exchange::run() {
  base::Time idle = 0;
  while (outcome_.sent < options_.to_send || outcome_.received < options_.to_receive) {
    bool progress = false;
    for (uint16_t queue = 0; queue < options_.queues; ++queue) {
      progress |= receive(queue);
      progress |= send(queue);
    }
    options_.wait(options_.poll);
    idle = progress ? 0 : idle + options_.poll;
    if (idle > options_.give_up) return;
  }
}

bool Exchange::send(uint16_t queue) {
  std::vector<rte_mbuf*>& packets = waiting_[queue];
  while (packets.size() < options_.burst && next_[queue] < options_.to_send) {
    rte_mbuf* packet = rte_pktmbuf_alloc(pool_);
    if (packet == nullptr) break;
    const auto bytes = static_cast<uint16_t>(sends_.size(next_[queue]));
    sends_.write(next_[queue], reinterpret_cast<uint8_t*>(rte_pktmbuf_append(packet, bytes)));
    packets.push_back(packet);
    next_[queue] += options_.queues;
  }
  if (packets.empty()) return false;
  const unsigned taken = port_.send(queue, packets);
  packets.erase(packets.begin(), packets.begin() + taken);
  outcome_.sent += taken;
  return taken > 0;
}

// All that is there: nothing but this loop empties the ring.
bool Exchange::receive(uint16_t queue) {
  rte_mbuf* packets[Port::kMaxBurst];
  bool any = false;
  while (true) {
    const unsigned count = port_.receive(queue, packets);
    for (unsigned i = 0; i < count; ++i) check(*packets[i]);
    rte_pktmbuf_free_bulk(packets, count);
    outcome_.received += count;
    outcome_.by_queue[queue] += count;
    any |= count > 0;
    if (count < std::size(packets)) return any;
  }
}

void Exchange::check(const rte_mbuf& packet) {
  const uint64_t number =
      receives_.read({rte_pktmbuf_mtod(&packet, const uint8_t*), rte_pktmbuf_data_len(&packet)});
  if (number == Datagrams::kNone || packet.nb_segs != 1) {
    outcome_.wrong++;
    return;
  }
  uint64_t& expected = expected_[receives_.flow(number)];
  if (number != expected) outcome_.misplaced++;
  expected = number + receives_.flows();
}

}  // namespace pspnic::dpdk
