// SPDX-License-Identifier: Apache-2.0
// With split queues the driver's stop of a receive queue, alone or with its port, frees once more what the
// queue has handed out since the driver last refilled one of its two buffer queues: up to 31 buffers of each,
// if no burst asks for more than 32. A buffer that is in its pool twice is later given to two owners. Here
// the last packets of each queue get a reference of ours, which the stop may take.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <map>
#include <span>

namespace pspnic::dpdk {

// Of one port. A queue is the driver's, as a burst function gets it.
class LastReceived {
 public:
  static constexpr uint16_t kMaxBurst = 32;

  // Of each burst, before anybody else has the packets; their owner frees or sends them as ever.
  void keep(void* queue, std::span<rte_mbuf*> packets) {
    if (packets.empty()) return;
    Ring& ring = rings_[queue];
    for (rte_mbuf* packet : packets) {
      rte_mbuf*& place = ring.packets[ring.next++ % ring.packets.size()];
      if (place != nullptr) rte_pktmbuf_free_seg(place);
      rte_mbuf_refcnt_update(packet, 1);
      place = packet;
    }
  }

  // Around the stop of one queue, and of the port.
  void before_stop(void* queue) {
    if (const auto found = rings_.find(queue); found != rings_.end()) count(found->second);
  }
  void before_stop() {
    for (auto& [queue, ring] : rings_) count(ring);
  }
  void after_stop(void* queue, bool stopped) {
    if (const auto found = rings_.find(queue); found != rings_.end()) give_back(found->second, stopped);
  }
  void after_stop(bool stopped) {
    for (auto& [queue, ring] : rings_) give_back(ring, stopped);
    if (stopped) rings_.clear();  // the next start may have other queues
  }

 private:
  struct Ring {
    std::array<rte_mbuf*, size_t{2} * kMaxBurst> packets{};
    std::array<uint16_t, size_t{2} * kMaxBurst> references{};
    unsigned next = 0;
  };

  // One more reference, so that what the stop takes can be told from what was left.
  static void count(Ring& ring) {
    for (size_t i = 0; i < ring.packets.size(); ++i) {
      if (ring.packets[i] != nullptr) ring.references[i] = rte_mbuf_refcnt_update(ring.packets[i], 1);
    }
  }

  // Gives back of our two references what the stop has left; a queue that goes on needs one of them. If the
  // stop of a port has also dropped the packet from a transmit queue, that counts as taken: such a buffer is
  // lost to its pool, but never in it twice.
  static void give_back(Ring& ring, bool stopped) {
    for (size_t i = 0; i < ring.packets.size(); ++i) {
      rte_mbuf*& packet = ring.packets[i];
      if (packet == nullptr) continue;
      const int left = 2 - (ring.references[i] - rte_mbuf_refcnt_read(packet));
      const int kept = !stopped && left > 0 ? 1 : 0;
      for (int given = left; given > kept; --given) rte_pktmbuf_free_seg(packet);
      if (kept == 0) packet = nullptr;
    }
  }

  std::map<void*, Ring> rings_;
};

}  // namespace pspnic::dpdk
