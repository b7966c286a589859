// SPDX-License-Identifier: Apache-2.0
// What the driver counts, and the names under which a report prints it.
#pragma once

#include <cstdint>
#include <span>

namespace pspnic::host {

// Since the driver was made; all queues together.
struct DriverStats {
  // Machine
  uint64_t interrupts = 0;
  uint64_t polls = 0;
  uint64_t tx_doorbells = 0;
  uint64_t buffer_doorbells = 0;
  uint64_t mailbox_requests = 0;
  uint64_t mailbox_events = 0;
  uint64_t recoveries = 0;
  // Transmit
  uint64_t tx_frames = 0;  // a TSO frame counts once
  uint64_t tx_bytes = 0;   // Ethernet frames as handed over by the stack
  uint64_t tx_tso_frames = 0;
  uint64_t tx_psp_frames = 0;
  uint64_t tx_inline_keys = 0;
  uint64_t tx_ring_full = 0;
  uint64_t tx_refused = 0;
  uint64_t tx_completed = 0;
  uint64_t tx_completed_out_of_order = 0;
  uint64_t tx_bad_completions = 0;
  uint64_t tx_rung_again = 0;
  uint64_t tx_stuck = 0;
  uint64_t tx_lost_in_reset = 0;
  // Receive
  uint64_t rx_frames = 0;  // given to the stack
  uint64_t rx_bytes = 0;   // of these, after decapsulation
  uint64_t rx_psp_frames = 0;
  uint64_t rx_multi_buffer = 0;
  uint64_t rx_merged_frames = 0;
  uint64_t rx_merged_segments = 0;
  uint64_t rx_header_split = 0;
  uint64_t rx_bad_completions = 0;
  uint64_t rx_checksum_bad = 0;
  uint64_t rx_psp_bypassed = 0;
  uint64_t rx_psp_failed = 0;
  uint64_t rx_psp_samples = 0;
  uint64_t rx_psp_unknown_spi = 0;
  uint64_t rx_psp_policy = 0;
  uint64_t rx_psp_malformed = 0;
};

struct DriverStatEntry {
  const char* name;  // snake_case, the member's
  const char* unit;
  const char* description;
  uint64_t DriverStats::*member;
  bool drops = false;  // frames that came and went no further
};

// Every member of DriverStats, in its order.
std::span<const DriverStatEntry> driver_stat_entries();

}  // namespace pspnic::host
