// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/sa_cache.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <map>
#include <random>

#include "model/base/config_error.h"

namespace pspnic::crypto {
namespace {

SaCacheParams shape(unsigned entries, unsigned ways) {
  SaCacheParams params;
  params.entries = entries;
  params.ways = ways;
  return params;
}

TEST(SaCache, TheLeastRecentlyUsedGoes) {
  SaCache cache(shape(3, 3));
  for (const uint32_t slot : {10u, 20u, 30u}) {
    EXPECT_FALSE(cache.touch(slot));
    EXPECT_EQ(cache.insert(slot), std::nullopt);
  }
  EXPECT_TRUE(cache.touch(10));
  EXPECT_EQ(cache.insert(40), 20u);
  EXPECT_FALSE(cache.touch(20));
  EXPECT_TRUE(cache.touch(30));
  cache.erase(10);
  EXPECT_FALSE(cache.touch(10));
  EXPECT_EQ(cache.insert(50), std::nullopt) << "an entry was free";
  EXPECT_EQ(cache.insert(60), 40u);
  cache.clear();
  EXPECT_FALSE(cache.touch(60));
}

TEST(SaCache, SetsAreApart) {
  SaCache cache(shape(8, 2));  // four sets
  cache.insert(0);
  cache.insert(4);
  EXPECT_EQ(cache.insert(1), std::nullopt);
  EXPECT_EQ(cache.insert(8), 0u);
  EXPECT_TRUE(cache.touch(1));
}

TEST(SaCache, EntriesAreAMultipleOfWays) {
  EXPECT_THROW(SaCache(shape(10, 4)), base::ConfigError);
}

// Against a list for each set, most recent first.
TEST(SaCache, RandomSequencesAgreeWithLists) {
  std::mt19937 random(12);
  for (const auto& [entries, ways] : {std::pair{1u, 1u}, {64u, 1u}, {64u, 4u}, {60u, 5u}, {64u, 64u}}) {
    SaCache cache(shape(entries, ways));
    const unsigned sets = entries / ways;
    std::map<uint32_t, std::list<uint32_t>> lists;
    for (int i = 0; i < 30'000; ++i) {
      const auto slot = static_cast<uint32_t>(random() % (entries * 2 + 3));
      std::list<uint32_t>& list = lists[slot % sets];
      const auto found = std::find(list.begin(), list.end(), slot);
      const bool there = found != list.end();
      if (random() % 20 == 0) {
        cache.erase(slot);
        if (there) list.erase(found);
        continue;
      }
      ASSERT_EQ(cache.touch(slot), there);
      if (there) {
        list.splice(list.begin(), list, found);
        continue;
      }
      std::optional<uint32_t> gone;
      if (list.size() == ways) {
        gone = list.back();
        list.pop_back();
      }
      list.push_front(slot);
      ASSERT_EQ(cache.insert(slot), gone);
    }
  }
}

}  // namespace
}  // namespace pspnic::crypto
