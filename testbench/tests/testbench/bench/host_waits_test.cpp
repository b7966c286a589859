// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/host_waits.h"

#include <gtest/gtest.h>

namespace pspnic::bench {
namespace {

TEST(HostWaits, EachPacketHasItsOwnInAnyOrderAndOnce) {
  HostWaits waits;
  waits.sent(1, 10);
  waits.sent(2, 20);
  waits.sent(1, 30);
  EXPECT_EQ(waits.take(3), 30u);
  EXPECT_EQ(waits.take(0), 10u);
  EXPECT_EQ(waits.take(2), 20u);
  EXPECT_EQ(waits.take(2), 0u);
  EXPECT_EQ(waits.take(1), 20u);
  EXPECT_EQ(waits.take(4), 0u) << "not sent";
  waits.sent(1, 40);
  EXPECT_EQ(waits.take(4), 40u);
}

TEST(HostWaits, WhatIsLostIsForgottenAndNothingElse) {
  HostWaits waits;
  waits.sent(1, 5);  // never comes
  for (uint64_t packet = 1; packet < 2 * Arrivals::kWindow; ++packet) waits.sent(1, packet);
  EXPECT_EQ(waits.take(Arrivals::kWindow + 1), Arrivals::kWindow + 1);
  EXPECT_EQ(waits.take(0), 0u) << "too far behind";
  EXPECT_EQ(waits.take(1), 1u) << "just not";
}

}  // namespace
}  // namespace pspnic::bench
