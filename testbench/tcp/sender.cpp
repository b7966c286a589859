// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/sender.h"

#include <algorithm>

namespace pspnic::tcp {

void Sender::start(const Config& config) {
  *this = Sender();
  config_ = config;
  rto_ = RetransmissionTimeout({config.rto_initial, config.rto_min, config.rto_max, kMicrosecond});
}

void Sender::establish(uint32_t mss, uint64_t window, Position window_at, uint64_t now) {
  mss_ = mss;
  congestion_.start(mss, config_.initial_segments);
  peer_window_ = largest_window_ = window;
  window_sequence_ = window_at;
  window_ack_ = 1;
  expirations_ = 0;
  arm(now);
}

// Nothing is under way whose acknowledgment would open the window.
bool Sender::window_blocks() const {
  return pending() && next_ == una_ && peer_window_ == 0;
}

std::optional<Chunk> Sender::next_chunk(uint32_t most) {
  std::optional<Chunk> chunk = choose_chunk(most);
  if (!chunk || chunk->start >= fence_) return chunk;
  chunk->before_fence = true;
  if (chunk->start + Position{chunk->bytes} + (chunk->fin ? 1 : 0) > fence_) {
    chunk->bytes = static_cast<uint32_t>(std::min<Position>(chunk->bytes, fence_ - chunk->start));
    chunk->fin = false;
  }
  return chunk;
}

std::optional<Chunk> Sender::choose_chunk(uint32_t most) {
  most = std::max(most, mss_);
  if (probe_) {
    const bool fin = una_ == end_;
    return Chunk{una_, fin ? 0u : 1u, fin, una_ < max_};
  }
  if (resend_first_ && una_ < max_) {
    const auto bytes = static_cast<uint32_t>(std::clamp<Position>(std::min(end_, max_) - una_, 0, mss_));
    return Chunk{una_, bytes, closing_ && una_ + bytes == end_ && max_ > end_, true};
  }
  limited_ = false;
  if (!pending()) return std::nullopt;
  const uint64_t allowed = congestion_.window() + congestion_.limited_transmit();
  limited_ = allowed <= peer_window_;
  const Position edge = una_ + static_cast<Position>(std::min(allowed, peer_window_));
  const Position left = std::max<Position>(end_ - next_, 0);
  if (next_ >= edge) return std::nullopt;
  if (left == 0) return Chunk{next_, 0, true, next_ < max_};
  Position bytes = std::min<Position>({left, edge - next_, Position{most}});
  if (bytes < left) {
    bytes -= bytes > mss_ ? bytes % mss_ : 0;
    // The sender's part against silly windows (RFC 9293 section 3.8.6.2.1).
    const bool worth = bytes >= mss_ || 2 * static_cast<uint64_t>(bytes) >= largest_window_;
    if (!worth && next_ > una_) return std::nullopt;
  }
  limited_ = false;
  return Chunk{next_, static_cast<uint32_t>(bytes), closing_ && bytes == left, next_ < max_};
}

void Sender::sent(const Chunk& chunk, uint64_t now, uint32_t stamp, Counters& counters) {
  const Position end = chunk.start + Position{chunk.bytes} + (chunk.fin ? 1 : 0);
  const uint32_t segments = std::max(1u, (chunk.bytes + mss_ - 1) / mss_);
  if (chunk.bytes > 0) counters.data_segments_sent += segments;
  if (chunk.again) {
    const auto old = static_cast<uint32_t>(std::min(end, max_) - chunk.start);
    counters.retransmitted_segments += std::max(1u, (std::min(old, chunk.bytes) + mss_ - 1) / mss_);
    counters.retransmitted_bytes += std::min(old, chunk.bytes);
    timed_ = -1;  // Karn: an acknowledgment would not tell of which of the two
    if (resent_ != Resent::kNone && !resent_stamped_) {
      resent_stamp_ = stamp;
      resent_stamped_ = true;
    }
  }
  if (probe_) {
    probe_ = false;
    max_ = std::max(max_, end);
    ++counters.window_probes;
    return;  // next_ stays: the byte may not have been taken
  }
  if (resend_first_ && chunk.start == una_ && chunk.again) {
    resend_first_ = false;
    next_ = std::max(next_, end);
  } else {
    next_ = end;
    if (timed_ < 0 && !chunk.again) {
      timed_ = end;
      timed_at_ = now;
    }
  }
  max_ = std::max(max_, next_);
  if (deadline_ == kNever) deadline_ = now + rto_.value();
}

bool Sender::acknowledge(const Ack& ack, Counters& counters) {
  if (ack.ack > max_) return false;
  if (ack.ack < una_) return true;
  const bool same_window = ack.window == peer_window_;
  const bool was_closed = peer_window_ == 0;
  if (ack.sequence > window_sequence_ || (ack.sequence == window_sequence_ && ack.ack >= window_ack_)) {
    peer_window_ = ack.window;
    largest_window_ = std::max(largest_window_, ack.window);
    window_sequence_ = ack.sequence;
    window_ack_ = ack.ack;
  }
  if (was_closed) expirations_ = 0;  // the peer is there, whatever its window
  if (ack.ack > una_) {
    on_new_ack(ack, counters);
  } else if (max_ > una_ && ack.bare && same_window && !was_closed) {
    ++counters.duplicate_acks_received;
    if (congestion_.on_duplicate(flight())) {
      ++counters.fast_retransmits;
      resend_first_ = true;
      resent_ = Resent::kFast;
      resent_stamped_ = false;
    }
  }
  if (was_closed && peer_window_ > 0) {
    rto_.restart();
    deadline_ = una_ < max_ ? ack.now + rto_.value() : kNever;
  }
  return true;
}

// RFC 3522: the acknowledgment answers the original, not what was sent again.
bool Sender::in_vain(const Ack& ack) const {
  return resent_ != Resent::kNone && resent_stamped_ && ack.has_echo && stamp_before(ack.echo, resent_stamp_);
}

void Sender::on_new_ack(const Ack& ack, Counters& counters) {
  const auto acked = static_cast<uint64_t>(ack.ack - una_);
  una_ = ack.ack;
  next_ = std::max(next_, una_);
  expirations_ = 0;
  resend_first_ = false;
  if (ack.has_echo) rto_.restart();  // without, Karn's rule: only a clean sample ends the back-off
  measure(ack);
  const bool vain = in_vain(ack);
  const bool was_timer = resent_ == Resent::kTimer;
  if (congestion_.on_ack(acked, flight(), limited_) && !vain) {
    resend_first_ = true;  // a partial acknowledgment: the next hole
  }
  if (vain) {
    ++counters.spurious_retransmits;
    congestion_.undo(was_timer);
    next_ = max_;
  }
  resent_ = Resent::kNone;
  deadline_ = una_ < max_ ? ack.now + rto_.value() : kNever;
}

// One sample a round trip (RFC 6298 section 3): by time stamps, or of a segment that was sent once.
void Sender::measure(const Ack& ack) {
  if (ack.has_echo) {
    if (una_ <= sampled_to_ || stamp_before(ack.stamp_now, ack.echo)) return;
    sampled_to_ = max_;
    rto_.sample(uint64_t{ack.stamp_now - ack.echo} * kMicrosecond);
  } else if (timed_ >= 0 && una_ >= timed_) {
    rto_.sample(ack.now - timed_at_);
    timed_ = -1;
  }
}

bool Sender::on_deadline(uint64_t now, Counters& counters) {
  deadline_ = kNever;
  if (una_ == max_ && !window_blocks()) return true;
  if (++expirations_ > config_.retries) return false;
  rto_.back_off();
  if (window_blocks()) {
    probe_ = true;
    deadline_ = now + rto_.value();
    return true;
  }
  ++counters.timeouts;
  congestion_.on_timeout(flight(), expirations_ > 1);
  if (resent_ != Resent::kTimer) resent_stamped_ = false;
  resent_ = Resent::kTimer;
  next_ = una_;
  resend_first_ = true;
  deadline_ = now + rto_.value();
  return true;
}

void Sender::arm(uint64_t now) {
  if (una_ == max_ && !window_blocks()) {
    deadline_ = kNever;
  } else if (deadline_ == kNever) {
    deadline_ = now + rto_.value();
  }
}

}  // namespace pspnic::tcp
