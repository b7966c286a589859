// SPDX-License-Identifier: Apache-2.0
// What a TCP endpoint counts, all its connections together, and the names under which a report prints it.
#pragma once

#include <cstdint>
#include <span>

namespace pspnic::tcp {

struct Counters {
  // Connections
  uint64_t opened_actively = 0;
  uint64_t opened_passively = 0;
  uint64_t closed = 0;     // by FIN both ways
  uint64_t aborted = 0;    // this end sent the RST
  uint64_t reset = 0;      // the peer did
  uint64_t timed_out = 0;  // given up
  // Sending
  uint64_t segments_sent = 0;
  uint64_t data_segments_sent = 0;
  uint64_t retransmitted_segments = 0;
  uint64_t retransmitted_bytes = 0;
  uint64_t timeouts = 0;
  uint64_t fast_retransmits = 0;
  uint64_t spurious_retransmits = 0;
  uint64_t window_probes = 0;
  uint64_t keep_alives = 0;
  uint64_t acks_sent = 0;
  uint64_t duplicate_acks_sent = 0;
  uint64_t resets_sent = 0;
  // Receiving
  uint64_t segments_received = 0;
  uint64_t duplicate_acks_received = 0;
  uint64_t out_of_order = 0;
  uint64_t duplicates = 0;
  uint64_t stale = 0;
  uint64_t outside_window = 0;
  uint64_t gaps_exceeded = 0;
  uint64_t resets_received = 0;
  uint64_t challenges = 0;
  uint64_t checked_by_device = 0;
  uint64_t checked_in_software = 0;
  uint64_t checksum_wrong = 0;
  uint64_t malformed = 0;
  uint64_t to_nowhere = 0;
  uint64_t protection_wrong = 0;
};

struct CounterEntry {
  const char* name;
  const char* unit;
  const char* description;
  uint64_t Counters::*member;
};
// All of them, in this order.
std::span<const CounterEntry> counter_entries();

}  // namespace pspnic::tcp
