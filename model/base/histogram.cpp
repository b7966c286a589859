// SPDX-License-Identifier: Apache-2.0
#include "model/base/histogram.h"

#include <cmath>

namespace pspnic::base {

using Wide = unsigned __int128;

void LogLinearCounts::record(uint64_t value, uint64_t times) {
  if (times == 0) return;
  buckets_[bucket_of(value)] += times;
  count_ += times;
  sum_ += static_cast<Wide>(value) * times;
  min_ = std::min(min_, value);
  max_ = std::max(max_, value);
}

void LogLinearCounts::merge(const LogLinearCounts& other) {
  for (size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void LogLinearCounts::clear() {
  *this = LogLinearCounts();
}

double LogLinearCounts::mean() const {
  if (count_ == 0) return 0;
  // Whole part and rest apart, so that a sum above 2^53 loses nothing before the division.
  const Wide whole = sum_ / count_;
  const Wide rest = sum_ % count_;
  return static_cast<double>(whole) + static_cast<double>(rest) / static_cast<double>(count_);
}

uint64_t LogLinearCounts::percentile(double percent) const {
  if (count_ == 0) return 0;
  // Integers, because 99.9 / 100 * 1000 is a little more than 999 in floating point.
  constexpr uint64_t kWhole = 1'000'000;
  const auto parts = static_cast<uint64_t>(std::llround(std::clamp(percent, 0.0, 100.0) * (kWhole / 100)));
  const auto rank = static_cast<uint64_t>((static_cast<Wide>(parts) * count_ + kWhole - 1) / kWhole);
  if (rank <= 1) return min_;
  if (rank >= count_) return max_;

  uint64_t seen = 0;
  size_t i = bucket_of(min_);
  while ((seen += buckets_[i]) < rank) ++i;
  const uint64_t middle = bucket_low(i) + (bucket_high(i) - bucket_low(i)) / 2;
  return std::clamp(middle, min_, max_);
}

uint64_t LogLinearCounts::bucket_low(size_t i) {
  constexpr size_t kSubBuckets = size_t{1} << kSubBucketBits;
  if (i < 2 * kSubBuckets) return i;
  const size_t shift = i / kSubBuckets - 1;
  return static_cast<uint64_t>(kSubBuckets + i % kSubBuckets) << shift;
}

uint64_t LogLinearCounts::bucket_high(size_t i) {
  return i + 1 == kBuckets ? ~uint64_t{0} : bucket_low(i + 1) - 1;
}

}  // namespace pspnic::base
