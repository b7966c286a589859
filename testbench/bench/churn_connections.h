// SPDX-License-Identifier: Apache-2.0
// The connections of the workload churn. A record is as small as it can be, as there may be ten million.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/base/time.h"
#include "testbench/bench/card_pair.h"
#include "testbench/host/driver.h"

namespace pspnic::bench {

// One host's end.
struct ChurnEnd {
  host::SaHandle tx;        // seals what this host sends
  uint32_t tx_spi = 0;      // the peer's, of that SA
  uint32_t rx_spi = 0;      // what the peer seals for
  uint32_t old_rx_spi = 0;  // the same before the keys were renewed, until its last packet has come; 0: none
  uint32_t sent = 0;        // packets
  uint32_t received = 0;
  uint8_t generation = 0;      // of rx_spi
  uint8_t old_generation = 0;  // of old_rx_spi
  bool ready = false;          // may send
};

struct ChurnConnection {
  // kRefused: a card gave no SPI or no slot; what there is goes back when the last answer is there.
  // kClosing: nothing more is sent; kDeleting: nothing is under way, its SAs end.
  enum class State : uint8_t { kFree, kSetUp, kRefused, kOpen, kClosing, kDeleting };

  std::array<ChurnEnd, kSides> ends;
  uint32_t place = 0;  // among the open ones
  State state = State::kFree;
  uint8_t asked = 0;        // requests of its set-up without answer, and keys on their way
  uint8_t renewals = 0;     // of keys, under way
  uint8_t deletions = 0;    // of transmit SAs, without answer
  base::Time asked_at = 0;  // when it was wanted

  uint32_t in_flight() const { return ends[kA].sent - ends[kB].received + ends[kB].sent - ends[kA].received; }
};

class ChurnConnections {
 public:
  uint32_t add(base::Time now);
  void open(uint32_t id);
  void close(uint32_t id);  // no longer one of the open ones
  void remove(uint32_t id);

  ChurnConnection& operator[](uint32_t id) { return table_[id]; }
  const ChurnConnection& operator[](uint32_t id) const { return table_[id]; }
  // Records, free ones included: ids are below.
  uint32_t size() const { return static_cast<uint32_t>(table_.size()); }
  size_t open_count() const { return open_.size(); }
  // The record at this place among the open ones.
  uint32_t open_at(size_t place) const { return open_[place]; }
  size_t count() const { return table_.size() - free_.size(); }
  void reserve(size_t connections);

 private:
  std::vector<ChurnConnection> table_;
  std::vector<uint32_t> open_;
  std::vector<uint32_t> free_;
};

}  // namespace pspnic::bench
