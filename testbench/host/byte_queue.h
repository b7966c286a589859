// SPDX-License-Identifier: Apache-2.0
// Byte queue limits of one transmit queue (Linux: BQL): what was handed to the device and not completed yet,
// in bytes. Completions may come in any order; credit is given in the order of the queue, so a frame counts
// until all before it are complete. Totals never go back while frames are out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pspnic::host {

class ByteQueue {
 public:
  // `limit`: bytes under way at which the queue stops, as in Linux one frame beyond it at most; 0: none.
  // Linux moves its limit between a least and a most; this one stays.
  explicit ByteQueue(uint32_t limit = 0) : limit_(limit), frames_(kInitial) {}

  // Frames are numbered on by one each, modulo 2^32. Returns their number.
  uint32_t post(uint32_t bytes) {
    if (next_ - oldest_ == frames_.size()) grow();
    frames_[next_ & (frames_.size() - 1)] = {bytes, false};
    posted_ += bytes;
    return next_++;
  }
  // Each number once, of frames posted and not complete.
  void complete(uint32_t number) {
    frames_[number & (frames_.size() - 1)].done = true;
    while (oldest_ != next_) {
      const Frame& frame = frames_[oldest_ & (frames_.size() - 1)];
      if (!frame.done) break;
      completed_ += frame.bytes;
      ++oldest_;
    }
  }
  // The device has forgotten all of them.
  void reset() {
    oldest_ = next_;
    completed_ = posted_;
  }

  uint64_t posted() const { return posted_; }        // bytes, ever
  uint64_t completed() const { return completed_; }  // of these, up to the oldest that is not complete
  uint64_t under_way() const { return posted_ - completed_; }
  bool stopped() const { return limit_ > 0 && under_way() >= limit_; }

 private:
  struct Frame {
    uint32_t bytes = 0;
    bool done = false;
  };
  static constexpr size_t kInitial = 64;  // a power of two

  // One that does not complete holds back all behind it, however many those are.
  void grow() {
    std::vector<Frame> larger(frames_.size() * 2);
    for (uint32_t n = oldest_; n != next_; ++n) {
      larger[n & (larger.size() - 1)] = frames_[n & (frames_.size() - 1)];
    }
    frames_.swap(larger);
  }

  uint32_t limit_;
  std::vector<Frame> frames_;  // a power of two, by number
  uint32_t oldest_ = 0;
  uint32_t next_ = 0;
  uint64_t posted_ = 0;
  uint64_t completed_ = 0;
};

}  // namespace pspnic::host
