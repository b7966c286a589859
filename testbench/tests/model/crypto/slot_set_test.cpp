// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/slot_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace pspnic::crypto {
namespace {

TEST(SlotSet, BeginsWithAllOrNone) {
  for (const uint32_t size : {0u, 1u, 63u, 64u, 65u, 4096u, 4097u, 262144u, 262145u}) {
    const SlotSet none(size, false);
    const SlotSet all(size, true);
    EXPECT_FALSE(none.next(0, size));
    EXPECT_FALSE(all.next(size, size + 100)) << "nothing behind the end";
    for (uint32_t i : {0u, size / 2, size - 1}) {
      if (i >= size) continue;
      EXPECT_FALSE(none.contains(i));
      EXPECT_TRUE(all.contains(i));
      EXPECT_EQ(all.next(i, size), i);
    }
  }
}

TEST(SlotSet, FindsOneInSixteenMillion) {
  SlotSet set(SlotSet::kMaxSize, false);
  for (const uint32_t member : {0u, 1u, 63u, 64u, 4095u, 4096u, 262143u, 262144u, SlotSet::kMaxSize - 1}) {
    set.insert(member);
    EXPECT_EQ(set.next(0, SlotSet::kMaxSize), member);
    EXPECT_EQ(set.next(member, member + 1), member);
    EXPECT_FALSE(set.next(0, member)) << "the end is not in the range";
    EXPECT_FALSE(set.next(member + 1, SlotSet::kMaxSize));
    set.erase(member);
    EXPECT_FALSE(set.next(0, SlotSet::kMaxSize));
  }
}

TEST(SlotSet, AgreesWithAStandardSet) {
  constexpr uint32_t kSize = 70'000;
  SlotSet set(kSize, false);
  std::set<uint32_t> expected;
  std::mt19937 engine(3);
  const auto random = [&engine] { return static_cast<uint32_t>(engine()); };
  for (int i = 0; i < 50'000; ++i) {
    // Some of it dense, some of it sparse.
    const uint32_t number = random() % 3 == 0 ? random() % kSize : 30'000 + random() % 300;
    if (random() % 2 == 0) {
      set.insert(number);
      expected.insert(number);
    } else {
      set.erase(number);
      expected.erase(number);
    }
    const uint32_t from = random() % (kSize + 10);
    const uint32_t end = random() % 2 == 0 ? kSize : random() % (kSize + 10);
    const auto found = expected.lower_bound(from);
    const bool any = found != expected.end() && *found < end;
    ASSERT_EQ(set.next(from, end), any ? std::optional(*found) : std::nullopt) << from << " " << end;
  }
}

}  // namespace
}  // namespace pspnic::crypto
