// SPDX-License-Identifier: Apache-2.0
#include "model/base/ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <random>
#include <string>
#include <utility>

namespace pspnic::base {
namespace {

TEST(Ring, IsFirstInFirstOut) {
  Ring<int> ring;
  EXPECT_TRUE(ring.empty());
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ring.push(i), i);
  EXPECT_EQ(ring.size(), 100u);
  EXPECT_EQ(ring.front(), 0);
  EXPECT_EQ(ring.back(), 99);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(ring.pop(), i);
  EXPECT_TRUE(ring.empty());
}

TEST(Ring, EqualsADequeOnRandomUse) {
  Ring<uint32_t> ring;
  std::deque<uint32_t> reference;
  std::mt19937 random(11);
  for (uint32_t step = 0; step < 200'000; ++step) {
    // Long stretches of filling and emptying, so that it wraps and grows in every position.
    const bool fill = reference.empty() || random() % 100 < (step / 500 % 2 == 0 ? 60u : 40u);
    if (fill) {
      ring.push(step);
      reference.push_back(step);
    } else if (random() % 2 == 0) {
      ASSERT_EQ(ring.pop(), reference.front());
      reference.pop_front();
    } else {
      ring.drop();
      reference.pop_front();
    }
    ASSERT_EQ(ring.size(), reference.size());
    if (reference.empty()) continue;
    ASSERT_EQ(ring.front(), reference.front());
    ASSERT_EQ(ring.back(), reference.back());
    const size_t i = random() % reference.size();
    ASSERT_EQ(std::as_const(ring)[i], reference[i]);
  }
}

TEST(Ring, GrowsWithoutLosingOrderWhileWrapped) {
  for (int start = 0; start < 16; ++start) {
    Ring<int> ring;
    for (int i = 0; i < start; ++i) ring.push(-1);
    for (int i = 0; i < start; ++i) ring.drop();
    for (int i = 0; i < 40; ++i) ring.push(i);
    for (size_t i = 0; i < 40; ++i) ASSERT_EQ(ring[i], static_cast<int>(i));
  }
}

TEST(Ring, PushesACopyOfItsOwnElement) {
  Ring<std::string> ring;
  ring.push("a string that does not fit into itself");
  for (int i = 0; i < 40; ++i) ring.push(ring.front());
  EXPECT_EQ(ring.back(), "a string that does not fit into itself");
}

TEST(Ring, HoldsWhatCanOnlyBeMoved) {
  Ring<std::unique_ptr<int>> ring;
  for (int i = 0; i < 50; ++i) ring.push(std::make_unique<int>(i));
  for (int i = 0; i < 25; ++i) EXPECT_EQ(*ring.pop(), i);
  EXPECT_EQ(*ring.front(), 25);
}

TEST(Ring, PopAndClearLetGo) {
  auto counted = std::make_shared<int>(1);
  Ring<std::shared_ptr<int>> ring;
  for (int i = 0; i < 20; ++i) ring.push(counted);
  EXPECT_EQ(counted.use_count(), 21);
  ring.pop();
  EXPECT_EQ(counted.use_count(), 20);
  ring.clear();
  EXPECT_EQ(counted.use_count(), 1);
  EXPECT_TRUE(ring.empty());
  ring.push(counted);
  EXPECT_EQ(ring.front(), counted);
}

TEST(Ring, ElementsStayWhereTheyAreUntilItGrows) {
  Ring<int> ring;
  int* const first = &ring.push(1);
  for (int i = 1; i < 16; ++i) ring.push(i);
  EXPECT_EQ(&ring.front(), first);
}

}  // namespace
}  // namespace pspnic::base
