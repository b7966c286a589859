// SPDX-License-Identifier: Apache-2.0
#include "firmware/counters.h"

#include <gtest/gtest.h>

namespace pspnic::firmware {
namespace {

TEST(Counters, DifferenceOfEach) {
  const VportCounters now{.rx_bytes = 10, .rx_overflow_drop = 7, .tx_errors = 3};
  const VportCounters start{.rx_bytes = 4, .tx_errors = 3};
  const VportCounters result = since(now, start);
  EXPECT_EQ(result.rx_bytes, 6u);
  EXPECT_EQ(result.rx_overflow_drop, 7u);
  EXPECT_EQ(result.tx_errors, 0u);
}

TEST(Counters, AResetInBetweenStartsAtZero) {
  EXPECT_EQ(since(PspCounters{.tx_bytes = 5}, PspCounters{.tx_bytes = 100}).tx_bytes, 5u);
}

}  // namespace
}  // namespace pspnic::firmware
