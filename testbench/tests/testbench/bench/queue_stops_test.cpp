// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/queue_stops.h"

#include <gtest/gtest.h>

namespace pspnic::bench {
namespace {

TEST(QueueStops, TimesAreByReasonAndTheMeanOfTheQueues) {
  QueueStops stops;
  stops.resize(2);
  stops.note(0, Stop::kRing, 100);
  stops.note(0, Stop::kWindow, 400);
  stops.note(1, Stop::kNone, 500);
  stops.note(0, Stop::kNone, 600);
  EXPECT_DOUBLE_EQ(stops.share(Stop::kRing, 1000, 2), 0.15);
  EXPECT_DOUBLE_EQ(stops.share(Stop::kWindow, 1000, 2), 0.1);
  EXPECT_DOUBLE_EQ(stops.share(Stop::kRing, 1000, 1), 0.3) << "a queue without flows does not count";
  EXPECT_DOUBLE_EQ(stops.share(Stop::kRing, 0, 2), 0);
}

}  // namespace
}  // namespace pspnic::bench
