// SPDX-License-Identifier: Apache-2.0
// What became of what the workload traffic offered, beyond the counts that every direction has.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "model/base/histogram.h"
#include "model/base/time.h"
#include "testbench/bench/card_pair.h"

namespace pspnic::bench {

// Packets in each of the three ways to count their bytes (traffic::ArrivalParams::RateOf).
struct TrafficLoad {
  uint64_t packets = 0;
  uint64_t payload_bytes = 0;
  uint64_t frame_bytes = 0;
  uint64_t wire_bytes = 0;
};

struct TrafficOffer {
  bool open_loop = false;  // offered at times of its own; else whenever there is room, or as an answer
  uint64_t messages = 0;
  uint64_t raised = 0;  // of these, larger than was asked for, as a packet must say who it is
  uint32_t smallest = 0;
  uint32_t largest = 0;  // payload bytes of a message
  TrafficLoad offered;
  TrafficLoad carried;         // verified by the peer
  base::Time offered_for = 0;  // to the end of the last message's gap
  base::Time carried_for = 0;  // from the first transmit() to the last arrival
  uint64_t most_waiting = 0;   // messages, in the host for one queue of the card
};

struct TransactionOutcome {
  uint64_t begun = 0;
  uint64_t completed = 0;
  uint64_t lost = 0;              // no whole answer in time
  base::Time time = 0;            // from the first request to the last answer
  base::LogLinearCounts latency;  // ps, from the client's wish to the answer's last byte at its stack
};

struct TrafficOutcome {
  std::array<TrafficOffer, kSides> offers;  // by sender
  std::optional<TransactionOutcome> transactions;
};

}  // namespace pspnic::bench
