// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/reassembly.h"

#include <algorithm>
#include <cstring>

namespace pspnic::tcp {

void Reassembly::start(uint32_t capacity, Position first) {
  if (capacity != capacity_) ring_ = std::make_unique_for_overwrite<uint8_t[]>(capacity);
  capacity_ = capacity;
  ranges_.clear();
  ranges_.reserve(kMaxRanges);
  next_ = read_ = first;
}

void Reassembly::store(Position start, std::span<const uint8_t> bytes) {
  const auto at = static_cast<size_t>(start % capacity_);
  const size_t first = std::min<size_t>(bytes.size(), capacity_ - at);
  std::memcpy(ring_.get() + at, bytes.data(), first);
  std::memcpy(ring_.get(), bytes.data() + first, bytes.size() - first);
}

// Adds a range to the list, joined with those it touches. False: nothing new, or no room for one more.
bool Reassembly::note(Position begin, Position end) {
  auto first = std::lower_bound(ranges_.begin(), ranges_.end(), begin,
                                [](const Range& range, Position position) { return range.end < position; });
  if (first != ranges_.end() && first->begin <= begin && first->end >= end) return false;
  auto last = first;
  while (last != ranges_.end() && last->begin <= end) ++last;
  if (first == last) {
    if (ranges_.size() == kMaxRanges) {
      ++dropped_for_gaps_;
      return false;
    }
    ranges_.insert(first, {begin, end});
    return true;
  }
  first->begin = std::min(first->begin, begin);
  first->end = std::max((last - 1)->end, end);
  ranges_.erase(first + 1, last);
  return true;
}

bool Reassembly::insert(Position start, std::span<const uint8_t> bytes) {
  const Position end = start + static_cast<Position>(bytes.size());
  const Position from = std::max(start, next_);
  const Position to = std::min(end, read_ + Position{capacity_});
  if (from >= to) return false;
  if (from > next_ && !note(from, to)) return false;
  store(from, bytes.subspan(static_cast<size_t>(from - start), static_cast<size_t>(to - from)));
  if (from == next_) {
    next_ = to;
    join();
  }
  return true;
}

// What came early and is in order now.
void Reassembly::join() {
  size_t joined = 0;
  while (joined < ranges_.size() && ranges_[joined].begin <= next_) {
    next_ = std::max(next_, ranges_[joined].end);
    ++joined;
  }
  ranges_.erase(ranges_.begin(), ranges_.begin() + static_cast<ptrdiff_t>(joined));
}

std::span<const uint8_t> Reassembly::front() const {
  const auto at = static_cast<size_t>(read_ % capacity_);
  return {ring_.get() + at, std::min<size_t>(waiting(), capacity_ - at)};
}

}  // namespace pspnic::tcp
