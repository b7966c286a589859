// SPDX-License-Identifier: Apache-2.0
#include "testbench/sweep/pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <stdexcept>

namespace pspnic::sweep {
namespace {

struct Watcher : PoolWatcher {
  std::map<size_t, ChildEnd> ends;
  std::vector<size_t> started;
  size_t most = 0;
  int interrupt = 0;  // to raise as soon as one runs

  void on_start(size_t point) override { started.push_back(point); }
  void on_end(const ChildEnd& end) override { ends[end.point] = end; }
  void on_time(size_t running) override {
    most = std::max(most, running);
    if (interrupt != 0) raise(interrupt);
  }
};

TEST(Pool, SaysHowEachChildEnded) {
  Signals signals;
  Watcher watcher;
  const auto work = [](size_t point) -> int {
    if (point == 1) raise(SIGKILL);
    if (point == 2) throw std::runtime_error("no such thing");
    if (point == 3) {
      std::cout << "said ";
      std::fputs("this\n", stderr);
      return 3;
    }
    return 0;
  };
  EXPECT_TRUE(run_in_children(signals, {0, 1, 2, 3}, 2, work, watcher));
  EXPECT_THAT(watcher.started, testing::ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(watcher.most, 2u);
  ASSERT_EQ(watcher.ends.size(), 4u);
  EXPECT_EQ(watcher.ends[0].exit_status, 0);
  EXPECT_EQ(watcher.ends[0].log, "");
  EXPECT_EQ(watcher.ends[1].signal, SIGKILL);
  EXPECT_EQ(watcher.ends[2].exit_status, 1);
  EXPECT_EQ(watcher.ends[2].log, "no such thing\n");
  EXPECT_EQ(watcher.ends[3].exit_status, 3);
  EXPECT_EQ(watcher.ends[3].signal, 0);
  EXPECT_THAT(watcher.ends[3].log, testing::AllOf(testing::HasSubstr("said "), testing::HasSubstr("this\n")));
}

TEST(Pool, EndsItsChildrenOnAnInterrupt) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Signals signals;
    Watcher watcher;
    watcher.interrupt = signal;
    const auto forever = [](size_t) -> int {
      while (true) pause();
    };
    EXPECT_FALSE(run_in_children(signals, {0, 1, 2}, 2, forever, watcher));
    EXPECT_EQ(watcher.started.size(), 2u);
    EXPECT_TRUE(watcher.ends.empty());
    EXPECT_TRUE(signals.interrupted());
  }
}

TEST(Pool, IsDoneAtOnceWithoutPoints) {
  Signals signals;
  Watcher watcher;
  EXPECT_TRUE(run_in_children(
      signals, {}, 2, [](size_t) { return 0; }, watcher));
}

TEST(Pool, GivesChildrenTheSignalsOfAFreshProcess) {
  Signals signals;
  Watcher watcher;
  const auto work = [](size_t) {
    raise(SIGTERM);
    return 0;
  };
  EXPECT_TRUE(run_in_children(signals, {0}, 1, work, watcher));
  EXPECT_EQ(watcher.ends[0].signal, SIGTERM);
}

}  // namespace
}  // namespace pspnic::sweep
