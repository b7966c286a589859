// SPDX-License-Identifier: Apache-2.0
// The receiving half of a connection: what the stream has, which window to offer, when to acknowledge
// (RFC 9293 sections 3.8.6.2.2 and 3.8.6.3, RFC 5681 section 4.2), and the peer's time stamps (RFC 7323).
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "testbench/tcp/config.h"
#include "testbench/tcp/counters.h"
#include "testbench/tcp/reassembly.h"
#include "testbench/tcp/segment.h"

namespace pspnic::tcp {

class Reader;

class Receiver {
 public:
  // `mss`: of the peer's segments; `scale`: of the windows that this end offers.
  void start(const Config& config, uint32_t mss, uint32_t initial_sequence, unsigned scale);

  Position next() const { return fin_taken_ ? fin_ + 1 : reassembly_.next(); }
  uint32_t initial() const { return initial_; }
  uint32_t waiting() const { return reassembly_.waiting(); }  // for the reader
  bool fin_taken() const { return fin_taken_; }
  // What waits for the reader or for what is missing before it, a FIN that came early included: pieces of the
  // stream, their begins and ends.
  std::vector<std::pair<Position, Position>> unread() const;
  // The first place that the reader has not had; behind the FIN when that was taken.
  Position read_position() const {
    return fin_taken_ && reassembly_.waiting() == 0 ? fin_ + 1 : reassembly_.read_position();
  }
  // The peer's segments have this size from now on.
  void expect_segments(uint32_t mss) {
    mss_ = mss;
    if (ack_after_ > 1) ack_after_ = uint64_t{ack_every_} * mss;
  }

  // Anything of the segment lies in the window offered (RFC 9293 section 3.10.7.4).
  bool acceptable(Position start, uint32_t length) const;
  // The time stamp is older than one that was taken in order: an old duplicate (PAWS).
  bool is_stale(const Segment& segment, uint64_t now) const;
  // To be called with each segment that is neither.
  void note_timestamp(const Segment& segment, Position start, uint64_t now);
  uint32_t echo() const { return recent_; }

  // Data and FIN of an acceptable segment. The reader gets what is in order.
  void take(const Segment& segment, Position start, Reader& reader, Counters& counters);
  // The reader takes again what it left.
  void read(Reader& reader);

  // An acknowledgment is due now; behind a while.
  bool wants_ack() const { return ack_now_; }
  bool delays_ack() const { return !ack_now_ && unacknowledged_ > 0; }
  void ask_for_ack() { ack_now_ = true; }
  // The window field of a segment that acknowledges all; that segment is about to leave.
  uint16_t offer();

 private:
  void deliver(Position start, std::span<const uint8_t> bytes, Reader& reader);
  uint32_t window_now() const;

  Reassembly reassembly_;
  Position offered_ = 0;         // right edge of the window last offered
  Position acknowledged_ = 0;    // in the segment sent last
  Position fin_ = -1;            // where the peer's FIN is, when it is known
  uint64_t unacknowledged_ = 0;  // bytes of data since the last acknowledgment
  uint64_t recent_time_ = 0;
  uint32_t recent_ = 0;  // TS.Recent
  uint32_t initial_ = 0;
  uint32_t mss_ = 1;
  uint32_t capacity_ = 1;
  uint64_t ack_after_ = 1;  // bytes
  unsigned ack_every_ = 1;
  unsigned scale_ = 0;
  bool recent_valid_ = false;
  bool fin_taken_ = false;
  bool ack_now_ = false;
};

}  // namespace pspnic::tcp
