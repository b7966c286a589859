// SPDX-License-Identifier: Apache-2.0
// A ring of descriptors in host memory that a driver fills up to its tail, read ahead in batches into a small
// cache. Transmit queues, buffer queues and single receive queues have one each; whether a queue runs and
// what its descriptors mean is its owner's business.
//
// Waits for: room in the cache, DMA. Takes: the DMA engine's time for each batch. Drops: nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/net/wipe.h"
#include "model/pcie/dma.h"

namespace pspnic::queue {

class DescriptorRing {
 public:
  // What the rings of one block have in common.
  struct Reader {
    pcie::DmaEngine& dma;
    pcie::Requester::Kind kind;
    pcie::ReadCallback done;  // with the ring's number; the owner then calls arrived()
    uint32_t descriptor_bytes;
    unsigned fetch_descriptors;  // of one batch
    unsigned cache_descriptors;
    base::Counter& fetches;
    base::Counter& descriptors;
  };
  struct Taken {
    std::span<const uint8_t> bytes;  // valid until the next fetch
    uint16_t index = 0;              // in the ring
  };

  // Starts at index 0 with an empty cache. The tail stays: a driver may have written it before.
  void configure(uint64_t address, uint16_t length, const Reader& reader);
  void clear();
  // Its descriptors may hold keys: what is in the cache is overwritten when it is given up.
  void set_secret(bool secret) { secret_ = secret; }

  // The tail register, as written; what it must be is the owner's to check when the queue runs.
  void set_tail(uint32_t value) { tail_ = value; }
  uint32_t tail() const { return tail_; }
  bool tail_valid() const { return tail_ < length_; }

  // Asks for a batch of what the driver has posted; false: there is none, or no room. A batch that the cache
  // cannot hold in full waits, because small fetches waste the link, unless `in_part`.
  bool fetch(const Reader& reader, uint16_t number, bool in_part = false);
  // The oldest batch asked for is here.
  void arrived();

  bool has_descriptor() const { return cached_ > 0; }
  Taken take(const Reader& reader);
  // The descriptor that take() gives after `ahead` others; below cached().
  Taken peek(const Reader& reader, unsigned ahead) const;
  // Overwrites a descriptor that has been taken.
  static void wipe(const Taken& taken) {
    net::wipe({const_cast<uint8_t*>(taken.bytes.data()), taken.bytes.size()});
  }
  // So many descriptors that were taken need their place in the cache no more.
  void release(unsigned count) { held_ -= count; }

  unsigned cached() const { return cached_; }    // here, not taken
  unsigned reading() const { return reading_; }  // on their way
  unsigned held() const { return held_; }        // asked for, not released
  unsigned posted() const;                       // not yet taken, wherever they are
  uint64_t address() const { return address_; }
  uint16_t length() const { return length_; }
  uint16_t fetch_index() const { return fetch_head_; }  // next to ask for
  uint16_t take_index() const { return take_head_; }    // next to take

 private:
  uint64_t address_ = 0;
  uint16_t length_ = 0;
  uint32_t tail_ = 0;
  uint16_t fetch_head_ = 0;
  uint16_t take_head_ = 0;
  unsigned reading_ = 0;
  unsigned cached_ = 0;
  unsigned held_ = 0;
  base::Ring<uint16_t> batches_;  // sizes of fetches under way
  std::vector<uint8_t> cache_;
  unsigned cache_write_ = 0;
  unsigned cache_read_ = 0;
  bool secret_ = false;
};

}  // namespace pspnic::queue
