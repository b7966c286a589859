// SPDX-License-Identifier: Apache-2.0
// Distribution of a non-negative integer, e.g. a latency in ps. Log-linear: values below 128 have a bucket
// each, every power of two above is cut into 64 equal buckets, up to 2^64-1. So a percentile is off by at
// most 1/128 of its value (half a bucket), whatever the distribution; count, minimum, maximum and mean are
// exact.
//
// Cost: one increment in a 30 KiB table of which only the buckets in use are touched; no allocation after
// construction.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace pspnic::base {

class LogLinearCounts {
 public:
  static constexpr unsigned kSubBucketBits = 6;  // 64 buckets in each power of two
  static constexpr size_t kBuckets = (64 - kSubBucketBits + 1) << kSubBucketBits;

  LogLinearCounts() : buckets_(kBuckets, 0) {}

  void record(uint64_t value) {
    ++buckets_[bucket_of(value)];
    ++count_;
    sum_ += value;
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }

  // The same value `times` times.
  void record(uint64_t value, uint64_t times);

  // Adds what `other` has seen, as if it had been recorded here.
  void merge(const LogLinearCounts& other);
  void clear();

  uint64_t count() const { return count_; }
  uint64_t min() const { return count_ == 0 ? 0 : min_; }
  uint64_t max() const { return max_; }
  double mean() const;  // 0 if nothing was recorded

  // Value of nearest rank: at least percent % of all recorded values are not above it (within the error
  // above). percent in 0..100, resolved to 0.0001; 0 gives the minimum, 100 the maximum, both exact; 0 if
  // nothing was recorded.
  uint64_t percentile(double percent) const;

  // Bucket by bucket, for plots: the bucket holds bucket_low(i)..bucket_high(i), both included.
  uint64_t bucket_count(size_t i) const { return buckets_[i]; }
  static uint64_t bucket_low(size_t i);
  static uint64_t bucket_high(size_t i);

  static constexpr size_t bucket_of(uint64_t value) {
    // Setting bit 6 makes all values below 128 share shift 0, so there is no branch.
    const unsigned shift =
        static_cast<unsigned>(std::bit_width(value | (uint64_t{1} << kSubBucketBits))) - kSubBucketBits - 1;
    return (size_t{shift} << kSubBucketBits) + static_cast<size_t>(value >> shift);
  }

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  unsigned __int128 sum_ = 0;
  uint64_t min_ = ~uint64_t{0};
  uint64_t max_ = 0;
};

}  // namespace pspnic::base
