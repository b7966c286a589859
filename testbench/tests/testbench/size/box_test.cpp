// SPDX-License-Identifier: Apache-2.0
#include "testbench/size/box.h"

#include <gtest/gtest.h>

namespace pspnic::size {
namespace {

double sum_of(const GridPoint& point) {
  double sum = 0;
  for (const uint16_t each : point) sum += each;
  return sum;
}

TEST(Box, AsksTheMiddleOfOneAxis) {
  Box box({0}, {7}, sum_of);
  EXPECT_EQ(box.best_question(), (GridPoint{3}));
  box.tell({3}, Quality::kBad);
  EXPECT_EQ(box.best_question(), (GridPoint{5}));
  box.tell({5}, Quality::kGood);
  EXPECT_EQ(box.best_question(), (GridPoint{4}));
  box.tell({4}, Quality::kNear);
  EXPECT_FALSE(box.best_question());
}

TEST(Box, LearnsFromPointsOutside) {
  Box box({1, 1}, {3, 3}, sum_of);
  box.tell({2, 1}, Quality::kBad);
  box.tell({0, 4}, Quality::kGood);  // costs as much as 2, 2, and stands before it
  EXPECT_EQ(box.best_question(), (GridPoint{1, 2}));
  box.tell({1, 2}, Quality::kBad);
  EXPECT_FALSE(box.best_question());
}

}  // namespace
}  // namespace pspnic::size
