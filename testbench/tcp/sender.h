// SPDX-License-Identifier: Apache-2.0
// The sending half of a connection: what of the stream goes out next, what acknowledgments mean for it, and
// its timer, which is the retransmission timer or, behind a closed window, the probe timer
// (RFC 9293 section 3.8.6.1).
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "testbench/tcp/config.h"
#include "testbench/tcp/congestion.h"
#include "testbench/tcp/counters.h"
#include "testbench/tcp/rto.h"
#include "testbench/tcp/segment.h"

namespace pspnic::tcp {

inline constexpr uint64_t kNever = UINT64_MAX;

// A piece of the stream to be sent now.
struct Chunk {
  Position start = 0;
  uint32_t bytes = 0;
  bool fin = false;
  bool again = false;  // some of it was sent before
  bool before_fence = false;
};

class Sender {
 public:
  Sender() : rto_(RtoParams{}) {}
  void start(const Config& config);
  // The handshake is over, the SYN acknowledged: segments have `mss` bytes, the peer's window is `window`.
  void establish(uint32_t mss, uint64_t window, Position window_at, uint64_t now);

  Position una() const { return una_; }
  Position next() const { return next_; }
  Position max() const { return max_; }
  uint32_t mss() const { return mss_; }
  bool all_data_acknowledged() const { return una_ >= end_; }
  bool fin_acknowledged() const { return closing_ && una_ > end_; }
  uint64_t acknowledged_bytes() const { return static_cast<uint64_t>(std::min(una_, end_) - 1); }
  const Congestion& congestion() const { return congestion_; }
  RetransmissionTimeout& rto() { return rto_; }

  // So much more of the stream is to be sent.
  void offer(uint64_t bytes) { end_ += static_cast<Position>(bytes); }
  void close() { closing_ = true; }
  // What was offered so far, and the FIN if close() was called, shares no segment with what comes later
  // (Linux: tcp_write_collapse_fence()).
  void set_fence() { fence_ = limit(); }
  Position fence() const { return fence_; }
  // Segments are smaller from now on, those that are sent again too.
  void change_mss(uint32_t mss) {
    mss_ = mss;
    congestion_.change_mss(mss);
  }

  // There is something to send, if windows allow.
  bool has_output() const { return pending() || resend_first_ || probe_; }
  // What may leave now; at most `most` bytes. Nothing: windows, or nothing to send.
  std::optional<Chunk> next_chunk(uint32_t most);
  // It left. `stamp`: its time stamp.
  void sent(const Chunk& chunk, uint64_t now, uint32_t stamp, Counters& counters);

  struct Ack {
    Position ack = 0;
    Position sequence = 0;  // of the segment, for the order of window updates
    uint64_t window = 0;
    bool bare = false;  // neither data, SYN nor FIN
    bool has_echo = false;
    uint32_t echo = 0;
    uint32_t stamp_now = 0;  // clock of the time stamps
    uint64_t now = 0;
  };
  // False: it acknowledges what was never sent.
  bool acknowledge(const Ack& ack, Counters& counters);

  uint64_t deadline() const { return deadline_; }
  // The deadline has come. False: the peer has not answered `retries` times.
  bool on_deadline(uint64_t now, Counters& counters);
  // Starts or stops the timer according to what is under way. To be called when everything was sent that may
  // be.
  void arm(uint64_t now);

 private:
  Position limit() const { return closing_ ? end_ + 1 : end_; }
  bool pending() const { return next_ < limit(); }
  bool window_blocks() const;
  std::optional<Chunk> choose_chunk(uint32_t most);
  Congestion::Flight flight() const { return {una_, max_, max_ < end_}; }
  void on_new_ack(const Ack& ack, Counters& counters);
  void measure(const Ack& ack);
  bool in_vain(const Ack& ack) const;

  Config config_;
  Congestion congestion_;
  RetransmissionTimeout rto_;
  Position una_ = 1;
  Position next_ = 1;
  Position max_ = 1;
  Position end_ = 1;  // behind the last byte offered
  uint64_t peer_window_ = 0;
  uint64_t largest_window_ = 0;
  Position window_sequence_ = 0;
  Position window_ack_ = 0;
  Position fence_ = 0;
  uint32_t mss_ = 1;
  bool closing_ = false;
  bool resend_first_ = false;  // the first unacknowledged segment
  bool probe_ = false;         // one byte into a closed window
  bool limited_ = false;       // by the congestion window, when something was last asked for
  uint64_t deadline_ = kNever;
  unsigned expirations_ = 0;  // since the last sign of life
  // Round trip: the position whose acknowledgment ends the measurement, and when it was sent.
  Position timed_ = -1;
  uint64_t timed_at_ = 0;
  Position sampled_to_ = 0;
  // The last retransmission, until the first acknowledgment of new data.
  enum class Resent : uint8_t { kNone, kFast, kTimer };
  Resent resent_ = Resent::kNone;
  bool resent_stamped_ = false;
  uint32_t resent_stamp_ = 0;
};

}  // namespace pspnic::tcp
