// SPDX-License-Identifier: Apache-2.0
#include "testbench/playback/comparison.h"

#include <gtest/gtest.h>

namespace pspnic::playback {
namespace {

using record::Entry;
using record::Kind;

constexpr std::array<uint8_t, 4> kThen{1, 2, 3, 4};
constexpr std::array<uint8_t, 4> kNow{1, 2, 3, 5};

Entry written(base::Time time, uint64_t address, std::span<const uint8_t> data) {
  return {Kind::kDmaWrite, true, time, 0, address, 0, data};
}

// What is missing is known at the end alone, and may be the earliest of all.
TEST(Comparison, ShowsTheEarliestDifferences) {
  std::vector<Entry> then;
  for (base::Time time = 10; time <= 60; time += 10) then.push_back(written(time, 0x1000 * time, kThen));
  then.push_back(written(25, 0xff0000, kThen));
  for (size_t kept = 0; kept <= 7; ++kept) {
    Comparison comparison(then, {.times = false, .kept = kept});
    for (base::Time time = 10; time <= 60; time += 10)
      comparison.on_entry(written(time, 0x1000 * time, kNow));
    comparison.on_entry(written(35, 0xaa0000, kNow));
    comparison.finish();
    EXPECT_EQ(comparison.differences(), 8u);
    const base::Time times[] = {10, 20, 25, 30, 35, 40, 50};
    const Finding findings[] = {Finding::kContents, Finding::kContents, Finding::kMissing, Finding::kContents,
                                Finding::kExtra,    Finding::kContents, Finding::kContents};
    ASSERT_EQ(comparison.first().size(), kept);
    for (size_t i = 0; i < kept; ++i) {
      const Difference& shown = comparison.first()[i];
      EXPECT_EQ(shown.finding, findings[i]) << i << " of " << kept;
      EXPECT_EQ(shown.finding == Finding::kExtra ? shown.now.time : shown.then.time, times[i]);
      if (shown.finding == Finding::kMissing) continue;
      EXPECT_TRUE(std::ranges::equal(shown.now.data, kNow)) << "bytes of its own";
    }
  }
}

TEST(Comparison, KeepsContentsAndTimesApart) {
  const std::vector<Entry> then{written(10, 0x1000, kThen), written(20, 0x2000, kThen),
                                written(30, 0x3000, kThen)};
  Comparison comparison(then, {.times = true, .kept = 1});
  comparison.on_entry(written(11, 0x1000, kThen));
  comparison.on_entry(written(21, 0x2000, kThen));
  comparison.on_entry(written(30, 0x3000, kNow));
  comparison.finish();
  ASSERT_EQ(comparison.first().size(), 2u);
  EXPECT_EQ(comparison.first()[0].finding, Finding::kTime);
  EXPECT_EQ(comparison.first()[0].then.time, 10u);
  EXPECT_EQ(comparison.first()[1].finding, Finding::kContents);
}

}  // namespace
}  // namespace pspnic::playback
