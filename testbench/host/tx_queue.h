// SPDX-License-Identifier: Apache-2.0
// One transmit queue and its completion queue: split model, flow scheduling, out-of-order completions.
//
// A frame is copied into a slot of DMA memory; the slot's number is the completion tag, so tags in flight are
// unique. RS completions free slots, RE completions free ring space.
#pragma once

#include <cstdint>
#include <vector>

#include "model/idpf/generation.h"
#include "model/idpf/tx_descriptors.h"
#include "model/net/parse.h"
#include "testbench/host/anomalies.h"
#include "testbench/host/byte_queue.h"
#include "testbench/host/driver.h"

namespace pspnic::host {

class InlineKeys;

struct TxQueueConfig {
  unsigned index = 0;      // of the queue pair
  uint16_t ring = 0;       // descriptors
  uint16_t tso_slots = 0;  // 0: no TSO
  uint32_t tso_slot_bytes = 0;
  uint16_t mtu = 0;                 // bytes of an IP packet
  uint16_t max_header_bytes = 255;  // of a TSO frame
  bool udp_segmentation = false;
  bool psp = false;            // DTYPE 16 is allowed on this queue
  bool psp_tunnel = false;     // the device's PSP knows tunnel mode
  uint32_t tail_register = 0;  // BAR0 offset
  bool byte_queue = false;
  uint32_t byte_queue_limit = 0;
  const InlineKeys* inline_keys = nullptr;  // null: no frame brings its key along
  bool expects_inline_keys = false;         // room() allows for them
  net::Payload payload = net::Payload::kBytes;
};

class TxQueue {
 public:
  TxQueue(HostPort& port, const TxQueueConfig& config, DriverStats& stats, Anomalies& anomalies);
  TxQueue(const TxQueue&) = delete;
  TxQueue& operator=(const TxQueue&) = delete;

  uint64_t ring_address() const { return ring_.iova; }
  uint16_t ring_length() const { return config_.ring; }
  uint64_t completion_address() const { return completions_.iova; }
  uint16_t completion_length() const { return static_cast<uint16_t>(position_.length()); }

  bool transmit(const TxFrame& frame);
  void flush();
  // The doorbell once more, for the case that the device never heard it.
  void ring_again();
  // Looks in a row that have found frames in flight and none completed since the look before.
  unsigned count_idle_look() {
    const bool idle = in_flight_ > 0 && completed_ == completed_at_look_;
    completed_at_look_ = completed_;
    idle_looks_ = idle ? idle_looks_ + 1 : 0;
    return idle_looks_;
  }
  unsigned room(bool tso) const;
  unsigned in_flight() const { return in_flight_; }
  TxProgress progress() const { return {bytes_.posted(), bytes_.completed(), 0}; }

  // Takes all completions that are there.
  void poll(Stack& stack);
  // The marker that ends a disabled queue has come.
  bool drained() const { return drained_; }

  // Gives the memory back.
  void release();

 private:
  // Equal pieces of DMA memory, the free ones on a stack: the one used last is in the cache.
  struct SlotPool {
    DmaBuffer memory;
    uint32_t stride = 0;
    uint16_t first_tag = 0;
    std::vector<uint16_t> free;  // tags
  };
  struct InFlight {
    uint64_t cookie = 0;
    uint32_t sequence = 0;
    bool busy = false;
    uint32_t number = 0;     // in bytes_
    uint8_t key_count = 0;   // descriptors that hold its key, to be wiped
    uint16_t key_first = 0;  // in the ring
  };
  // What is left to do when the bytes are in their slot.
  struct Post {
    uint64_t address = 0;
    uint32_t bytes = 0;
    uint16_t tag = 0;
    bool checksum = false;
    uint64_t cookie = 0;
  };

  void make_pool(SlotPool& pool, unsigned slots, uint32_t slot_bytes, uint16_t first_tag);
  uint8_t* slot(SlotPool& pool, uint16_t tag) {
    return pool.memory.bytes.data() + size_t{tag - 0u - pool.first_tag} * pool.stride;
  }
  uint64_t slot_address(const SlotPool& pool, uint16_t tag) const {
    return pool.memory.iova + uint64_t{tag - 0u - pool.first_tag} * pool.stride;
  }
  SlotPool& pool_of(uint16_t tag) { return tag < large_.first_tag ? small_ : large_; }
  uint32_t free_descriptors() const {
    return config_.ring - 1 - idpf::ring_distance(clean_, next_, config_.ring);
  }
  idpf::TxDescriptorOut descriptor(uint32_t index) {
    return idpf::TxDescriptorOut(ring_.bytes.data() + index * idpf::kTxDescriptorBytes,
                                 idpf::kTxDescriptorBytes);
  }
  idpf::TxDescriptorOut take_descriptor() {
    const uint32_t index = next_;
    next_ = next_ + 1 == config_.ring ? 0 : next_ + 1;
    return descriptor(index);
  }
  bool full() {
    ++stats_.tx_ring_full;
    return false;
  }
  bool refuse(const char* rule, size_t value);
  bool transmit_plain(const TxFrame& frame);
  bool transmit_offloaded(const TxFrame& frame);
  bool psp_allowed(const TxFrame& frame);
  const psp::SessionKey* inline_key(const TxFrame& frame) const;
  void write_key(const psp::SessionKey& key);
  void wipe_key(InFlight& slot);
  const char* tso_fault(const TxFrame& frame, const net::Parsed& parsed) const;
  static void seed_tso_headers(uint8_t* headers, const net::Parsed& parsed, const TxFrame& frame);
  void write_context(const TxFrame& frame, const net::Parsed& parsed);
  void post(const Post& post);
  void complete(uint16_t tag, Stack& stack);
  void advance_clean(uint16_t head);
  void bad_completion(const char* rule, unsigned value);

  HostPort& port_;
  const TxQueueConfig config_;
  DriverStats& stats_;
  Anomalies& anomalies_;
  DmaBuffer ring_;
  DmaBuffer completions_;
  SlotPool small_;
  SlotPool large_;
  std::vector<InFlight> slots_;  // by tag
  idpf::RingPosition position_;  // in the completion ring
  uint32_t next_ = 0;            // descriptor to fill
  uint32_t clean_ = 0;           // first that the device may not have fetched
  uint32_t rung_ = 0;            // tail the device knows
  uint32_t last_re_ = 0;
  uint16_t key_first_ = 0;  // of the packet that is being posted
  uint8_t key_count_ = 0;
  uint32_t sequence_ = 0;
  uint32_t newest_completed_ = 0;
  unsigned in_flight_ = 0;
  uint16_t outer_id_ = 0;  // IPv4 identification of the next outer header
  ByteQueue bytes_;        // with config_.byte_queue
  bool freed_ = false;
  bool drained_ = false;
  uint64_t completed_ = 0;
  uint64_t completed_at_look_ = 0;
  unsigned idle_looks_ = 0;
};

}  // namespace pspnic::host
