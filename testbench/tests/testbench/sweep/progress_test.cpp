// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/progress.h"

#include <gtest/gtest.h>

namespace pspnic::sweep {
namespace {

TEST(Progress, SaysHowFarItIs) {
  SweepState state;
  state.points = 40;
  EXPECT_EQ(progress_line(state), "[....................] 0 of 40 points");
  state.finished = 20;
  state.before = 10;
  state.failed = 2;
  state.running = 3;
  state.seconds = 60;
  state.cost = {2, 5'000'000};
  EXPECT_EQ(
      progress_line(state),
      "[##########..........] 20 of 40 points, 2 failed, 3 running, 2 min 0 s left, 2.50 million packets "
      "per CPU second");
  state.unit = "task";
  state.failed = 0;
  state.cost = {};
  state.seconds = 10;
  EXPECT_EQ(progress_line(state), "[##########..........] 20 of 40 points, 3 tasks running, 20 s left");
  state.finished = 40;
  state.running = 0;
  state.seconds = 4000;
  EXPECT_EQ(progress_line(state), "[####################] 40 of 40 points, 1 h 6 min");
}

}  // namespace
}  // namespace pspnic::sweep
