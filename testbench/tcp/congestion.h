// SPDX-License-Identifier: Apache-2.0
// How much may be under way: slow start and congestion avoidance (RFC 5681, counting bytes as in RFC 3465),
// NewReno's fast recovery (RFC 6582) without SACK. The number of duplicate acknowledgments taken for a loss
// follows the reordering that was seen; a retransmission that time stamps show to have been in vain is undone
// (RFC 3522, RFC 4015). All sizes in bytes.
#pragma once

#include <cstdint>

#include "testbench/tcp/sequence.h"

namespace pspnic::tcp {

inline constexpr unsigned kDuplicateAcks = 3;       // RFC 5681
inline constexpr unsigned kMaxDuplicateAcks = 300;  // Linux: net.ipv4.tcp_max_reordering

class Congestion {
 public:
  void start(uint32_t mss, unsigned initial_segments);

  // Segments are smaller from now on; what may be under way stays.
  void change_mss(uint32_t mss) { mss_ = mss; }

  uint64_t window() const { return window_; }
  uint64_t slow_start_threshold() const { return threshold_; }
  bool recovering() const { return recovering_; }
  unsigned duplicate_threshold() const { return duplicate_threshold_; }
  unsigned duplicates() const { return duplicates_; }
  // Data that duplicates of late allow beyond window() (RFC 3042; up to the threshold as in RFC 4653).
  uint64_t limited_transmit() const;

  // What is known when an acknowledgment arrives.
  struct Flight {
    Position una = 0;   // first unacknowledged, after this acknowledgment
    Position max = 0;   // behind everything sent
    bool more = false;  // there is data that was never sent
    uint64_t bytes() const { return static_cast<uint64_t>(max - una); }
  };
  // A duplicate: true if the first unacknowledged segment is to be sent again.
  bool on_duplicate(const Flight& flight);
  // `acked` bytes are new; `limited`: the window kept the sender from sending. True as above.
  bool on_ack(uint64_t acked, const Flight& flight, bool limited);
  // The retransmission timer; `again`: of the same data once more.
  void on_timeout(const Flight& flight, bool again);
  // The retransmission was in vain: what it took back is given back. `was_timeout`: it was the timer's.
  void undo(bool was_timeout);

 private:
  void grow(uint64_t acked);

  uint32_t mss_ = 1;
  uint64_t window_ = 0;
  uint64_t threshold_ = UINT64_MAX;
  uint64_t acked_in_window_ = 0;  // congestion avoidance: towards the next segment
  Position recover_ = 0;          // RFC 6582
  unsigned duplicates_ = 0;
  unsigned duplicate_threshold_ = kDuplicateAcks;
  bool recovering_ = false;
  uint64_t window_before_ = 0;  // the last reduction, for undo()
  uint64_t threshold_before_ = 0;
  unsigned duplicates_seen_ = 0;  // by the acknowledgment handled now, before it came
};

}  // namespace pspnic::tcp
