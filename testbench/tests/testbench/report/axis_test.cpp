// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/axis.h"

#include <gtest/gtest.h>

namespace pspnic::report {
namespace {

TEST(Axis, LinearBeginsAtZeroAndHasRoomAbove) {
  const Axis axis = Axis::linear("x", 3, 100);
  EXPECT_DOUBLE_EQ(axis.place(0), 0);
  EXPECT_GT(axis.place(100), 0.9);
  EXPECT_LT(axis.place(100), 1);
  const std::vector<Tick> ticks = axis.ticks(6);
  ASSERT_EQ(ticks.size(), 6u);
  EXPECT_EQ(ticks.front().label, "0");
  EXPECT_EQ(ticks.back().label, "100");
}

TEST(Axis, OfNothingButZerosCanBeDrawn) {
  EXPECT_DOUBLE_EQ(Axis::linear("x", 0, 0).place(0), 0);
}

TEST(Axis, LogarithmicPutsEqualRatiosAtEqualDistances) {
  const Axis axis = Axis::logarithmic("x", 1, 10000);
  EXPECT_NEAR(axis.place(100) - axis.place(10), axis.place(1000) - axis.place(100), 1e-12);
  EXPECT_GT(axis.place(1), 0);
  EXPECT_LT(axis.place(10000), 1);
  for (const size_t most : {3u, 6u, 20u}) EXPECT_LE(axis.ticks(most).size(), std::max<size_t>(most, 5));
}

TEST(Axis, NamesStandInTheirOrderAndThinOut) {
  const Axis axis = Axis::names("x", {"a", "b", "c", "d"});
  EXPECT_LT(axis.place(0), axis.place(1));
  EXPECT_GT(axis.place(0), 0);
  EXPECT_LT(axis.place(3), 1);
  EXPECT_EQ(axis.ticks(4).size(), 4u);
  EXPECT_EQ(axis.ticks(2).size(), 2u);
}

TEST(Axis, NumbersAreShort) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(0.25), "0.25");
  EXPECT_EQ(number_text(1500), "1500");
  EXPECT_EQ(number_text(25000), "25k");
  EXPECT_EQ(number_text(2.5e6), "2.5M");
  EXPECT_EQ(number_text(4e9), "4G");
  EXPECT_EQ(number_text(0.0 / 0.0), "-");
}

}  // namespace
}  // namespace pspnic::report
