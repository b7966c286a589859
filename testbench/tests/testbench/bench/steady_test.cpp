// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/steady.h"

#include <gtest/gtest.h>

namespace pspnic::bench {
namespace {

TEST(Marks, TellTheMeanStepOfTheMiddle) {
  Marks marks;
  uint64_t value = 0;
  for (int i = 0; i < 100; ++i) marks.count(value += i < 10 || i >= 90 ? 1000 : 3);
  EXPECT_DOUBLE_EQ(marks.middle_step(), 3);
}

TEST(Marks, DoNotGrowAndStayTrue) {
  Marks marks;
  constexpr uint64_t kSteadyPackets = 1'000'000;
  for (uint64_t i = 1; i <= kSteadyPackets; ++i) marks.count(7 * i);
  EXPECT_DOUBLE_EQ(marks.middle_step(), 7);
  EXPECT_EQ(marks.packets(), kSteadyPackets);
}

TEST(Marks, AreSilentWithTooFewPackets) {
  Marks marks;
  for (int i = 0; i < 9; ++i) marks.count(1);
  EXPECT_EQ(marks.middle_step(), 0);
  marks.count(1);
  marks.restart();
  EXPECT_EQ(marks.packets(), 0u);
  EXPECT_EQ(marks.middle_step(), 0);
}

TEST(SteadyRate, IsWhatComesUpNotWhatLeaves) {
  Marks bytes, times;
  for (uint64_t i = 1; i <= 100; ++i) bytes.count(100 * i);
  for (uint64_t i = 1; i <= 50; ++i) times.count(2000 * i);  // half of them were dropped
  const SteadyRate rate = steady_rate(bytes, times, 50 * 60);
  EXPECT_DOUBLE_EQ(rate.packets_per_second, 0.5e9);
  EXPECT_DOUBLE_EQ(rate.wire_bps, 8 * 100 * 0.5e9);
  EXPECT_DOUBLE_EQ(rate.goodput_bps, 8 * 60 * 0.5e9);
  EXPECT_EQ(steady_rate(bytes, Marks(), 0).wire_bps, 0);
}

TEST(ArrivalMarks, PassOnWhatTheyAreTold) {
  struct Listener : base::JourneyListener {
    void on_journey(const base::Journey&) override { ++told; }
    int told = 0;
  } listener;
  ArrivalMarks marks;
  marks.set_next(&listener);
  marks.on_journey({});
  EXPECT_EQ(listener.told, 1);
  EXPECT_EQ(marks.times().packets(), 1u);
}

}  // namespace
}  // namespace pspnic::bench
