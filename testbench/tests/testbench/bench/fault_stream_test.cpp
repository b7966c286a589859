// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/fault_stream.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace pspnic::bench {
namespace {

std::vector<uint64_t> hits(const FaultStream& stream, double probability, uint64_t items) {
  std::vector<uint64_t> list;
  for (uint64_t n = 0; n < items; ++n) {
    if (stream.happens(n, probability)) list.push_back(n);
  }
  return list;
}

TEST(FaultStream, IsTheSameEverywhere) {
  EXPECT_EQ(hits(FaultStream(1, "cable_a_to_b.loss"), 0.01, 1000),
            hits(FaultStream(1, "cable_a_to_b.loss"), 0.01, 1000));
  const FaultStream stream(7, "x");
  EXPECT_EQ(stream.bits(3), FaultStream(7, "x").bits(3));
  EXPECT_NE(stream.bits(3), stream.bits(4));
  EXPECT_NE(stream.bits(3, 0), stream.bits(3, 1));
}

TEST(FaultStream, SeedAndNameDecide) {
  const auto list = hits(FaultStream(1, "a"), 0.05, 2000);
  EXPECT_NE(list, hits(FaultStream(2, "a"), 0.05, 2000));
  EXPECT_NE(list, hits(FaultStream(1, "b"), 0.05, 2000));
}

TEST(FaultStream, NeverAndAlways) {
  const FaultStream stream(1, "a");
  EXPECT_TRUE(hits(stream, 0.0, 1000).empty());
  EXPECT_EQ(hits(stream, 1.0, 1000).size(), 1000u);
}

// Binomial: 100000 x 0.01 = 1000, six standard deviations of 31.5 each way.
TEST(FaultStream, HappensAsOftenAsItShould) {
  const auto count = hits(FaultStream(1, "a"), 0.01, 100'000).size();
  EXPECT_GT(count, 1000u - 189);
  EXPECT_LT(count, 1000u + 189);
}

// A larger share hits everything that a smaller one does.
TEST(FaultStream, MoreFaultsContainTheFewer) {
  const FaultStream stream(1, "a");
  const auto few = hits(stream, 0.01, 10'000);
  const auto many = hits(stream, 0.1, 10'000);
  const std::set<uint64_t> all(many.begin(), many.end());
  for (const uint64_t n : few) EXPECT_TRUE(all.contains(n)) << n;
}

TEST(FaultStream, BelowReachesAllAndNoMore) {
  const FaultStream stream(1, "a");
  std::set<uint64_t> seen;
  for (uint64_t n = 0; n < 1000; ++n) seen.insert(stream.below(n, 7));
  EXPECT_EQ(seen, (std::set<uint64_t>{0, 1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(stream.below(5, 1), 0u);
}

TEST(FaultCounter, CountsItemsWhateverIsDecided) {
  const FaultStream stream(3, "a");
  FaultCounter counter(3, "a");
  for (uint64_t n = 0; n < 500; ++n) EXPECT_EQ(counter.next(0.3), stream.happens(n, 0.3)) << n;
}

}  // namespace
}  // namespace pspnic::bench
