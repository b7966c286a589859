// SPDX-License-Identifier: Apache-2.0
// The receive buffer: a ring of bytes, each place of which belongs to one position of the stream, and a list
// of what has arrived out of order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "testbench/tcp/sequence.h"

namespace pspnic::tcp {

class Reassembly {
 public:
  // Holds `capacity` bytes of stream from `first` on; at least one.
  void start(uint32_t capacity, Position first);

  // Behind the last byte that came in order.
  Position next() const { return next_; }
  // In order and not yet taken.
  uint32_t waiting() const { return static_cast<uint32_t>(next_ - read_); }
  uint32_t room() const { return capacity_ - waiting(); }
  bool has_gap() const { return !ranges_.empty(); }

  // In order, and the reader took it without its being stored.
  void skip(size_t bytes) {
    next_ += static_cast<Position>(bytes);
    read_ = next_;
    join();
  }
  // Takes what fits; what is there already stays. False: nothing of it was new, or there are too many gaps.
  bool insert(Position start, std::span<const uint8_t> bytes);

  // The longest piece that waits in order; empty if none does.
  std::span<const uint8_t> front() const;
  void take(size_t bytes) { read_ += static_cast<Position>(bytes); }

  // All that is held: in order and not taken, and behind gaps.
  struct Range {
    Position begin;
    Position end;
  };
  Position read_position() const { return read_; }
  std::span<const Range> early() const { return ranges_; }  // behind next(), apart, in order

  uint64_t dropped_for_gaps() const { return dropped_for_gaps_; }

 private:
  static constexpr size_t kMaxRanges = 512;  // gaps of a window at once; what would make more is not taken

  bool note(Position begin, Position end);
  void store(Position start, std::span<const uint8_t> bytes);
  void join();

  uint32_t capacity_ = 0;
  std::unique_ptr<uint8_t[]> ring_;
  std::vector<Range> ranges_;
  Position next_ = 0;
  Position read_ = 0;
  uint64_t dropped_for_gaps_ = 0;
};

}  // namespace pspnic::tcp
