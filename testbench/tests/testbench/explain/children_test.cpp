// SPDX-License-Identifier: Apache-2.0
#include "testbench/explain/children.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <iostream>
#include <stdexcept>

namespace pspnic::explain {
namespace {

TEST(Children, EachEndsWithItsOwnStatusAndLastWords) {
  const auto work = [](size_t number) -> int {
    if (number == 1) throw std::runtime_error("cannot");
    if (number == 2) raise(SIGKILL);
    std::cerr << "first\nchild " << number << "\n";
    return static_cast<int>(number);
  };
  std::vector<size_t> ended;
  const auto ends = run_in_children(4, 2, work, [&](size_t count) { ended.push_back(count); });
  EXPECT_EQ(ends[0].status, 0);
  EXPECT_EQ(ends[0].errors, "child 0");
  EXPECT_EQ(ends[1].status, 2);
  EXPECT_EQ(ends[1].errors, "cannot");
  EXPECT_EQ(ends[2].status, 128 + SIGKILL);
  EXPECT_EQ(ends[3].status, 3);
  EXPECT_EQ(ended, (std::vector<size_t>{1, 2, 3, 4}));
}

TEST(Children, WhatTheySayOnStandardOutputIsNotHeard) {
  testing::internal::CaptureStdout();
  run_in_children(
      1, 1,
      [](size_t) {
        std::cout << "heard" << std::flush;
        return 0;
      },
      [](size_t) {});
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

}  // namespace
}  // namespace pspnic::explain
