// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/receiver.h"

#include <algorithm>

#include "testbench/tcp/application.h"

namespace pspnic::tcp {
namespace {

// A stamp says nothing of age when half of its numbers may have gone by (RFC 7323 section 5.5; ticks of 1
// us).
constexpr uint64_t kStampLife = (uint64_t{1} << 30) * kMicrosecond;

}  // namespace

void Receiver::start(const Config& config, uint32_t mss, uint32_t initial_sequence, unsigned scale) {
  initial_ = initial_sequence;
  mss_ = mss;
  capacity_ = config.window;
  ack_every_ = config.ack_every;
  ack_after_ = uint64_t{ack_every_} * mss;
  if (config.delayed_ack == 0) ack_after_ = 1;
  scale_ = scale;
  reassembly_.start(capacity_, 1);
  offered_ = acknowledged_ = 1;
  fin_ = -1;
  unacknowledged_ = 0;
  recent_valid_ = fin_taken_ = ack_now_ = false;
}

uint32_t Receiver::window_now() const {
  return std::min(reassembly_.room(), uint32_t{0xffff} << scale_);
}

std::vector<std::pair<Position, Position>> Receiver::unread() const {
  std::vector<std::pair<Position, Position>> pieces;
  if (waiting() > 0) pieces.emplace_back(reassembly_.read_position(), reassembly_.next());
  for (const Reassembly::Range& range : reassembly_.early()) pieces.emplace_back(range.begin, range.end);
  if (fin_ >= 0 && !fin_taken_) pieces.emplace_back(fin_, fin_ + 1);
  return pieces;
}

bool Receiver::acceptable(Position start, uint32_t length) const {
  const Position edge = std::max(offered_, next() + Position{window_now()});
  if (length == 0) return edge == next() ? start == next() : start >= next() && start < edge;
  if (edge == next()) return false;
  return start < edge && start + Position{length} > next();
}

bool Receiver::is_stale(const Segment& segment, uint64_t now) const {
  return recent_valid_ && segment.has_timestamp && stamp_before(segment.timestamp, recent_) &&
         now - recent_time_ < kStampLife;
}

void Receiver::note_timestamp(const Segment& segment, Position start, uint64_t now) {
  if (!segment.has_timestamp || start > acknowledged_) return;
  if (recent_valid_ && stamp_before(segment.timestamp, recent_) && now - recent_time_ < kStampLife) return;
  recent_ = segment.timestamp;
  recent_time_ = now;
  recent_valid_ = true;
}

// In order: to the reader at once if nothing waits before it, else into the buffer.
void Receiver::deliver(Position start, std::span<const uint8_t> bytes, Reader& reader) {
  const Position before = reassembly_.next();
  bytes = bytes.subspan(static_cast<size_t>(before - start));
  bytes = bytes.first(std::min<size_t>(bytes.size(), reassembly_.room()));
  size_t taken = 0;
  if (reassembly_.waiting() == 0) {
    taken = reader.on_data(bytes);
    reassembly_.skip(taken);
  }
  reassembly_.insert(before + static_cast<Position>(taken), bytes.subspan(taken));
  if (reassembly_.waiting() > 0) read(reader);
}

void Receiver::read(Reader& reader) {
  while (reassembly_.waiting() > 0) {
    const size_t taken = reader.on_data(reassembly_.front());
    if (taken == 0) break;
    reassembly_.take(taken);
  }
  // Only when it is worth a segment (RFC 9293 section 3.8.6.2.2).
  const Position edge = reassembly_.next() + Position{window_now()};
  const uint32_t step = std::min(capacity_ / 2, 2 * mss_);
  if (edge - offered_ >= Position{step} && offered_ - reassembly_.next() < Position{step}) ack_now_ = true;
}

void Receiver::take(const Segment& segment, Position start, Reader& reader, Counters& counters) {
  if (segment.length() == 0) return;
  const Position next_before = next();
  const Position end = start + static_cast<Position>(segment.payload.size());
  if (segment.has(net::kTcpFin)) fin_ = end;
  if (!segment.payload.empty()) {
    const bool had_gap = reassembly_.has_gap();
    if (start > reassembly_.next()) {
      ++counters.out_of_order;
      const uint64_t dropped = reassembly_.dropped_for_gaps();
      reassembly_.insert(start, segment.payload);
      counters.gaps_exceeded += reassembly_.dropped_for_gaps() - dropped;
    } else if (end > reassembly_.next()) {
      deliver(start, segment.payload, reader);
    } else {
      ++counters.duplicates;
    }
    // At once where the sender is to learn of a gap, or of its end.
    if (had_gap || start != next_before) ack_now_ = true;
    unacknowledged_ += segment.payload.size();
    if (unacknowledged_ >= ack_after_) ack_now_ = true;
  }
  if (fin_ >= 0 && !fin_taken_ && reassembly_.next() == fin_) fin_taken_ = true;
  if (segment.has(net::kTcpFin)) ack_now_ = true;
}

uint16_t Receiver::offer() {
  const Position from = next();
  uint64_t field = window_now() >> scale_;
  // A right edge that was offered is not taken back, also where the scale rounds down.
  const auto promised = static_cast<uint64_t>(std::max<Position>(offered_ - from, 0));
  field = std::max(field, (promised + (uint64_t{1} << scale_) - 1) >> scale_);
  field = std::min<uint64_t>(field, 0xffff);
  offered_ = std::max(offered_, from + static_cast<Position>(field << scale_));
  acknowledged_ = from;
  unacknowledged_ = 0;
  ack_now_ = false;
  return static_cast<uint16_t>(field);
}

}  // namespace pspnic::tcp
