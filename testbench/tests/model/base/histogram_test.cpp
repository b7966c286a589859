// SPDX-License-Identifier: Apache-2.0
#include "model/base/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <vector>

namespace pspnic::base {
namespace {

constexpr double kPercents[] = {0, 0.01, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 100};

// Nearest rank on the sorted values: the smallest rank of which at least `percent` % of the values are not
// above.
uint64_t exact_percentile(const std::vector<uint64_t>& sorted, double percent) {
  const auto count = static_cast<unsigned __int128>(sorted.size());
  const auto parts = static_cast<unsigned __int128>(std::llround(percent * 10'000));
  const auto rank = static_cast<size_t>((parts * count + 999'999) / 1'000'000);
  return sorted[std::max<size_t>(rank, 1) - 1];
}

void check_against_sorted(std::vector<uint64_t> values) {
  LogLinearCounts counts;
  long double sum = 0;
  for (const uint64_t value : values) {
    counts.record(value);
    sum += static_cast<long double>(value);
  }
  std::sort(values.begin(), values.end());
  EXPECT_EQ(counts.count(), values.size());
  EXPECT_EQ(counts.min(), values.front());
  EXPECT_EQ(counts.max(), values.back());
  EXPECT_NEAR(counts.mean() / static_cast<double>(sum / static_cast<long double>(values.size())), 1, 1e-14);
  for (const double percent : kPercents) {
    const auto exact = static_cast<double>(exact_percentile(values, percent));
    const auto estimate = static_cast<double>(counts.percentile(percent));
    EXPECT_LE(std::abs(estimate - exact), exact / 128) << "p" << percent << " of " << values.size();
  }
}

std::vector<uint64_t> draw(size_t count, const std::function<uint64_t()>& next) {
  std::vector<uint64_t> values(count);
  std::generate(values.begin(), values.end(), next);
  return values;
}

TEST(Histogram, PercentilesOfUniformValues) {
  std::mt19937_64 random(11);
  check_against_sorted(draw(100'000, [&] { return 1 + random() % 1'000'000; }));
  check_against_sorted(draw(999, [&] { return 1 + random() % 1'000; }));
}

TEST(Histogram, PercentilesOfExponentialValues) {
  std::mt19937_64 random(12);
  std::exponential_distribution<double> distribution(1.0 / 5e6);
  check_against_sorted(draw(100'000, [&] { return 1 + static_cast<uint64_t>(distribution(random)); }));
}

TEST(Histogram, PercentilesOfLogNormalValues) {
  std::mt19937_64 random(13);
  std::lognormal_distribution<double> distribution(14, 2);
  check_against_sorted(draw(100'000, [&] { return 1 + static_cast<uint64_t>(distribution(random)); }));
}

TEST(Histogram, PercentilesOfTwoFarClusters) {
  std::mt19937_64 random(14);
  check_against_sorted(draw(50'000, [&] {
    return random() % 100 < 99 ? 700'000 + random() % 1'000 : 90'000'000 + random() % 1'000'000;
  }));
}

TEST(Histogram, PercentilesOverAllMagnitudes) {
  std::mt19937_64 random(15);
  check_against_sorted(draw(100'000, [&] { return 1 + (random() >> (random() % 64)) / 2; }));
}

TEST(Histogram, PercentilesOfFewValues) {
  std::mt19937_64 random(16);
  for (size_t count = 1; count < 40; ++count)
    check_against_sorted(draw(count, [&] { return 1 + random() % 100'000; }));
}

TEST(Histogram, SmallValuesAreExact) {
  LogLinearCounts counts;
  std::vector<uint64_t> values;
  std::mt19937_64 random(17);
  for (int i = 0; i < 10'000; ++i) values.push_back(random() % 128);
  for (const uint64_t value : values) counts.record(value);
  std::sort(values.begin(), values.end());
  for (const double percent : kPercents) {
    EXPECT_EQ(counts.percentile(percent), exact_percentile(values, percent)) << percent;
  }
}

TEST(Histogram, OneValueIsExactAtEveryPercentile) {
  LogLinearCounts counts;
  counts.record(123'456'789'012'345);
  for (const double percent : kPercents) EXPECT_EQ(counts.percentile(percent), 123'456'789'012'345u);
}

TEST(Histogram, RankHasNoFloatingPointSlip) {
  // 99.9 % of 1000 values are 999 values; 0.999 * 1000 in floating point is a little more.
  LogLinearCounts counts;
  counts.record(1, 999);
  counts.record(100, 1);
  EXPECT_EQ(counts.percentile(99.9), 1u);
  EXPECT_EQ(counts.percentile(99.9001), 100u);
}

TEST(Histogram, PercentOutsideIsClamped) {
  LogLinearCounts counts;
  counts.record(5);
  counts.record(7);
  EXPECT_EQ(counts.percentile(-1), 5u);
  EXPECT_EQ(counts.percentile(200), 7u);
}

TEST(Histogram, EmptyIsZero) {
  const LogLinearCounts counts;
  EXPECT_EQ(counts.count(), 0u);
  EXPECT_EQ(counts.min(), 0u);
  EXPECT_EQ(counts.max(), 0u);
  EXPECT_EQ(counts.mean(), 0);
  EXPECT_EQ(counts.percentile(50), 0u);
}

TEST(Histogram, BucketsTileAllValues) {
  uint64_t next = 0;
  for (size_t i = 0; i < LogLinearCounts::kBuckets; ++i) {
    const uint64_t low = LogLinearCounts::bucket_low(i);
    const uint64_t high = LogLinearCounts::bucket_high(i);
    ASSERT_EQ(low, next) << i;
    ASSERT_LE(low, high) << i;
    ASSERT_EQ(LogLinearCounts::bucket_of(low), i);
    ASSERT_EQ(LogLinearCounts::bucket_of(high), i);
    ASSERT_LE(high - low, low / 64) << i;
    next = high + 1;
  }
  EXPECT_EQ(next, 0u) << "the last bucket ends at the largest value";
}

TEST(Histogram, ExtremesAreRecorded) {
  constexpr uint64_t kLargest = std::numeric_limits<uint64_t>::max();
  LogLinearCounts counts;
  counts.record(0);
  counts.record(kLargest);
  counts.record(kLargest);
  EXPECT_EQ(counts.min(), 0u);
  EXPECT_EQ(counts.max(), kLargest);
  EXPECT_DOUBLE_EQ(counts.mean(), static_cast<double>(kLargest) / 3 * 2) << "the sum is wider than 64 bits";
}

TEST(Histogram, MeanIsExactBeyondDoublePrecision) {
  LogLinearCounts counts;
  constexpr uint64_t kBase = uint64_t{1} << 52;
  counts.record(kBase, 1'000'000);
  counts.record(kBase + 2, 1'000'000);
  EXPECT_EQ(counts.mean(), static_cast<double>(kBase + 1));
}

TEST(Histogram, ManyAtOnceEqualsOneByOne) {
  LogLinearCounts one_by_one;
  LogLinearCounts at_once;
  for (int i = 0; i < 1000; ++i) one_by_one.record(777);
  at_once.record(777, 1000);
  at_once.record(1, 0);
  EXPECT_EQ(at_once.count(), one_by_one.count());
  EXPECT_EQ(at_once.min(), 777u);
  EXPECT_EQ(at_once.mean(), one_by_one.mean());
  EXPECT_EQ(at_once.percentile(50), one_by_one.percentile(50));
}

TEST(Histogram, MergeEqualsRecordingBoth) {
  std::mt19937_64 random(18);
  LogLinearCounts a;
  LogLinearCounts b;
  LogLinearCounts both;
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t value = random() >> (random() % 60);
    (i % 3 == 0 ? a : b).record(value);
    both.record(value);
  }
  a.merge(b);
  a.merge(LogLinearCounts());
  EXPECT_EQ(a.count(), both.count());
  EXPECT_EQ(a.min(), both.min());
  EXPECT_EQ(a.max(), both.max());
  EXPECT_EQ(a.mean(), both.mean());
  for (size_t i = 0; i < LogLinearCounts::kBuckets; ++i) ASSERT_EQ(a.bucket_count(i), both.bucket_count(i));
}

TEST(Histogram, ClearForgetsEverything) {
  LogLinearCounts counts;
  counts.record(1'000'000, 5);
  counts.clear();
  EXPECT_EQ(counts.count(), 0u);
  counts.record(3);
  EXPECT_EQ(counts.min(), 3u);
  EXPECT_EQ(counts.max(), 3u);
  EXPECT_EQ(counts.percentile(99), 3u);
}

}  // namespace
}  // namespace pspnic::base
