// SPDX-License-Identifier: Apache-2.0
// With split queues the driver's stop frees once more what it has handed out since it last refilled a buffer
// queue: up to 31 buffers of each of the two, if no burst asks for more than 32. A buffer that is in its pool
// twice is later given to two owners. Here each port's last received packets get a reference of ours, which
// the stop may take.
#pragma once

#include <rte_mbuf.h>

#include <array>
#include <cstdint>
#include <map>
#include <span>

namespace pspnic::dpdk {

class LastReceived {
 public:
  static constexpr uint16_t kMaxBurst = 32;

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

  // One more reference, so that what the stop takes can be told from what was left.
  void before_stop() {
    for_each([](Ring& ring, size_t i) { ring.references[i] = rte_mbuf_refcnt_update(ring.packets[i], 1); });
  }

  // Gives back our two references, or those that the stop has left of them.
  void after_stop() {
    for_each([](Ring& ring, size_t i) {
      const int taken = ring.references[i] - rte_mbuf_refcnt_read(ring.packets[i]);
      for (int left = 2 - taken; left > 0; --left) rte_pktmbuf_free_seg(ring.packets[i]);
    });
    rings_.clear();
  }

 private:
  struct Ring {
    std::array<rte_mbuf*, size_t{2} * kMaxBurst> packets{};
    std::array<uint16_t, size_t{2} * kMaxBurst> references{};
    unsigned next = 0;
  };

  template <class Function>
  void for_each(const Function& function) {
    for (auto& [queue, ring] : rings_) {
      for (size_t i = 0; i < ring.packets.size(); ++i) {
        if (ring.packets[i] != nullptr) function(ring, i);
      }
    }
  }

  std::map<void*, Ring> rings_;  // by the driver's queue
};

}  // namespace pspnic::dpdk
