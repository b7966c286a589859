// SPDX-License-Identifier: Apache-2.0
#include "model/base/credits.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <stdexcept>

namespace pspnic::base {
namespace {

TEST(Credits, GrantsAtOnceUpToTheCapacityAndNotOneUnitMore) {
  Credits credits(3);
  EXPECT_EQ(credits.claim(10, 1), 10u);
  EXPECT_EQ(credits.claim(10, 2), 10u);
  EXPECT_EQ(credits.available(11, 0), 11u);
  EXPECT_EQ(credits.available(11, 1), kNever);  // no release is known
}

TEST(Credits, ReturnExactlyAtTheTimeOfRelease) {
  Credits credits(1);
  credits.claim(0, 1);
  credits.release(100, 1);
  EXPECT_EQ(credits.out(99), 1u);
  EXPECT_EQ(credits.out(100), 0u);
  EXPECT_EQ(credits.available(99, 1), 100u);
  EXPECT_EQ(credits.available(100, 1), 100u);
  EXPECT_EQ(credits.available(101, 1), 101u);
  EXPECT_EQ(credits.claim(99, 1), 100u);
}

TEST(Credits, WaitForAsManyReleasesAsTheWeightNeeds) {
  Credits credits(10);
  credits.claim(0, 4);
  credits.release(50, 4);
  credits.claim(0, 4);
  credits.release(70, 4);
  EXPECT_EQ(credits.available(0, 2), 0u);
  EXPECT_EQ(credits.available(0, 3), 50u);
  EXPECT_EQ(credits.available(0, 6), 50u);
  EXPECT_EQ(credits.available(0, 7), 70u);
  EXPECT_EQ(credits.available(0, 10), 70u);
  EXPECT_EQ(credits.available(0, 11), kNever);  // more than there will ever be
}

TEST(Credits, ClaimsAreServedInOrder) {
  Credits credits(4);
  credits.claim(0, 3);
  credits.release(90, 3);
  EXPECT_EQ(credits.claim(5, 2), 90u);
  EXPECT_EQ(credits.available(6, 1), 90u) << "a smaller claim must not overtake";
  EXPECT_EQ(credits.claim(6, 1), 90u);
}

TEST(Credits, AFailedClaimTakesNothingAndForgetsNothing) {
  Credits credits(4);
  credits.claim(0, 3);
  credits.claim(0, 1);
  credits.release(40, 1);
  EXPECT_EQ(credits.claim(1, 2), kNever);
  EXPECT_EQ(credits.out(39), 4u);
  EXPECT_EQ(credits.available(2, 1), 40u);
}

TEST(Credits, TryClaimTakesWhatIsFreeNowOrNothing) {
  Credits credits(10);
  EXPECT_TRUE(credits.try_claim(100, 8));
  credits.release(200, 8);
  EXPECT_FALSE(credits.try_claim(199, 3));
  EXPECT_EQ(credits.out(199), 8u) << "a refusal takes nothing";
  EXPECT_EQ(credits.available(150, 3), 200u) << "and does not keep later claims waiting";
  EXPECT_TRUE(credits.try_claim(200, 10));
  EXPECT_FALSE(credits.try_claim(200, 1));
}

TEST(Credits, ReleasedByEvent) {
  Credits credits(2);
  credits.claim(0, 1);
  credits.claim(0, 1);
  EXPECT_EQ(credits.unscheduled(), 2u);
  EXPECT_EQ(credits.available(60, 1), kNever);
  credits.release(60, 1);  // the callback of the event that ends the use
  EXPECT_EQ(credits.claim(60, 1), 60u);
  EXPECT_EQ(credits.available(61, 1), kNever);
}

TEST(Credits, ReleasesMayComeInAnyOrder) {
  Credits credits(3);
  for (int i = 0; i < 3; ++i) credits.claim(0, 1);
  credits.release(300, 1);
  credits.release(100, 1);
  credits.release(200, 1);
  EXPECT_EQ(credits.claim(0, 1), 100u);
  EXPECT_EQ(credits.claim(0, 1), 200u);
  EXPECT_EQ(credits.claim(0, 1), 300u);
}

TEST(Credits, RefusesWrongUse) {
  EXPECT_THROW(Credits(0), std::invalid_argument);
  Credits credits(8);
  credits.claim(0, 2);
  credits.release(1, 2);
  EXPECT_THROW(credits.release(2, 1), std::logic_error);
}

TEST(Credits, WeightsNearTheLargestNumberDoNotWrapAround) {
  Credits credits(100);
  credits.claim(0, 50);
  EXPECT_EQ(credits.available(0, ~uint64_t{0}), kNever);
  EXPECT_EQ(credits.claim(0, ~uint64_t{0} - 10), kNever);
  EXPECT_EQ(credits.out(0), 50u);
}

TEST(Slots, AreFreeExactlyWhenTheItemThatManyBeforeHasLeft) {
  Slots slots(2);
  EXPECT_EQ(slots.available(5), 5u);
  slots.hold(100);
  EXPECT_EQ(slots.available(6), 6u);
  slots.hold(150);
  EXPECT_EQ(slots.available(99), 100u);
  EXPECT_EQ(slots.available(100), 100u);
  EXPECT_EQ(slots.available(101), 101u);
  slots.hold(200);
  EXPECT_EQ(slots.available(101), 150u);
}

// Against a plain ledger of changes over time.
TEST(Credits, EqualAPlainLedgerOnRandomUse) {
  std::mt19937_64 engine(7);
  const auto below = [&](uint64_t n) { return engine() % n; };
  for (int round = 0; round < 200; ++round) {
    const uint64_t capacity = 1 + below(round % 2 == 0 ? 8 : 3000);
    const uint64_t span = 1 + below(2000);
    Credits credits(capacity);
    std::map<Time, uint64_t> back;  // units by time of return
    uint64_t taken = 0;
    Time now = 0, last_claim = 0;
    for (int step = 0; step < 500; ++step) {
      now = std::max(now, last_claim) + below(30);
      const uint64_t weight = 1 + below(capacity < 20 ? capacity : capacity / 20);
      // Walk through the returns until the rest fits.
      Time expected = now;
      uint64_t out = taken;
      auto next = back.begin();
      for (; next != back.end() && next->first <= now; ++next) out -= next->second;
      ASSERT_EQ(credits.out(now), out);
      for (; out + weight > capacity; ++next) {
        out -= next->second;
        expected = next->first;
      }
      ASSERT_EQ(credits.available(now, weight), expected);
      ASSERT_EQ(credits.claim(now, weight), expected);
      last_claim = expected;
      taken += weight;
      const Time when = expected + below(span);
      back[when] += weight;
      credits.release(when, weight);
    }
  }
}

}  // namespace
}  // namespace pspnic::base
