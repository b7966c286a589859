// SPDX-License-Identifier: Apache-2.0
// The way of SAs from memory into the on-chip cache: when the SA that a packet names is at hand. A packet
// asks when its descriptors are there, so that a miss may be over before its turn comes.
//
// Waits for: memory of the card, or PCIe. Takes: device: latency and an SA's bytes of bandwidth; host: the
// DMA engine's time for a read of as many. SAs written take bandwidth, too, and drop out of the cache, as do
// SAs erased. Drops: nothing.
//
// Simplified: contents are not moved. They stay in crypto::SaTable, so a packet has the SA that was in its
// slot when it asked; a card with SAs in host memory would have to wrap their keys and authenticate what it
// reads back. SAs of the flow table count as always at hand.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/base/event_fifo.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/crypto/sa_cache.h"
#include "model/pcie/dma.h"

namespace pspnic::tx {

// Told when packets that waited for an SA may go on.
class SaLoadListener {
 public:
  virtual ~SaLoadListener() = default;
  virtual void on_sa_loaded() = 0;
};

class SaLoader {
 public:
  struct Ports {
    base::EventQueue& events;
    pcie::DmaEngine& dma;
  };

  SaLoader(base::StatGroup& parent, const crypto::SaCacheParams& params, const Ports& ports);
  void set_listener(SaLoadListener* listener) { listener_ = listener; }

  // A packet needs the slot. 0: it is there. Else a ticket, which is served when loaded() has reached it.
  uint64_t want(uint32_t slot);
  uint64_t loaded() const { return loaded_; }
  // The memory did not give it.
  bool failed(uint64_t ticket) const { return !failed_.empty() && failed_.contains(ticket); }

  uint64_t hits() const { return hits_.value(); }
  uint64_t misses() const { return misses_.value(); }
  const base::Histogram& wait() const { return wait_; }

  void on_written(uint32_t slot);
  void on_erased(uint32_t slot);
  void reset();

 private:
  struct Load {
    uint32_t slot = 0;
    base::Time wanted = 0;
  };

  void start_some();
  base::Time take_bandwidth();
  void on_device_read(uint64_t);
  void on_host_read(uint64_t, pcie::DmaStatus status);
  void finish(bool ok);

  crypto::SaCacheParams params_;
  Ports ports_;
  SaLoadListener* listener_ = nullptr;
  crypto::SaCache cache_;
  base::Ring<Load> loads_;  // in the order of their tickets; the first `started_` are under way
  size_t started_ = 0;
  uint64_t last_ticket_ = 0;
  uint64_t loaded_ = 0;
  std::unordered_map<uint32_t, uint64_t> loading_;  // by slot, the ticket; not if erased meanwhile
  std::unordered_set<uint64_t> failed_;
  base::Time memory_free_ = 0;
  base::EventFifo device_reads_;
  std::vector<uint8_t> scratch_;  // of an SA; what is read stands in SaTable
  base::StatGroup group_;
  base::Counter hits_{group_, "hits", "packet", "Packets whose SA was in the cache"};
  base::Counter misses_{group_, "misses", "packet", "Packets whose SA had to be read from memory"};
  base::Counter merged_{group_, "merged", "packet", "Of them, those whose SA was on its way already"};
  base::Counter evictions_{group_, "evictions", "SA", "SAs that made room for another"};
  base::Counter faults_{group_, "faults", "read", "SAs that the memory did not give"};
  base::Histogram wait_{group_, "wait", "ps", "From a miss to the SA in the cache"};
};

}  // namespace pspnic::tx
