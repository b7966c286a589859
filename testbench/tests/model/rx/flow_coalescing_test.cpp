// SPDX-License-Identifier: Apache-2.0
// Coalescing of flows that the device protects: the driver sees nothing of PSP, and yet only what was sealed
// alike is merged.
#include <gtest/gtest.h>

#include "testbench/tests/model/rx/gro_bench.h"

namespace pspnic::rx {
namespace {

using pspnic::test::GroBench;
using pspnic::test::GroPacket;

constexpr uint32_t kRotatedSpi = 0x80001235;  // of the other device key, and so of another generation

class FlowCoalescingTest : public testing::Test {
 protected:
  FlowCoalescingTest() { first_.psp = true; }
  void protect() {
    flow::Rule rule;
    rule.match.protocol = net::kProtocolTcp;
    rule.rx_spis = {first_.spi, kRotatedSpi};
    bench_.flows.add(rule, false);
  }
  size_t packets_of(const GroPacket& second) {
    bench_.receive(first_);
    bench_.receive(second);
    bench_.run();
    return bench_.frames(0).size();
  }
  GroBench bench_{{}};
  GroPacket first_;
};

TEST_F(FlowCoalescingTest, WhatOneSaSealedIsMerged) {
  protect();
  EXPECT_EQ(packets_of(first_.next(100)), 1u);
}

TEST_F(FlowCoalescingTest, NeverOverARotation) {
  protect();
  GroPacket second = first_.next(100);
  second.spi = kRotatedSpi;
  EXPECT_EQ(packets_of(second), 2u);
  EXPECT_EQ(bench_.flushes(GroFlush::kMismatch), 1u);
}

TEST_F(FlowCoalescingTest, NeverOfTwoVersions) {
  protect();
  GroPacket second = first_.next(100);
  second.version = 1;
  EXPECT_EQ(packets_of(second), 2u);
}

// The slot of the SPI gets another key.
TEST_F(FlowCoalescingTest, NeverOfTwoGenerations) {
  protect();
  bench_.receive(first_);
  bench_.keys.make(0);
  bench_.keys.activate(0, 12);
  bench_.receive(first_.next(100));
  bench_.run();
  EXPECT_EQ(bench_.frames(0).size(), 2u);
}

TEST_F(FlowCoalescingTest, NeverWithWhatCameInClear) {
  GroPacket plain = first_;
  plain.psp = false;
  bench_.receive(plain);
  protect();
  GroPacket second = plain.next(100);
  second.psp = true;
  bench_.receive(second);
  bench_.run();
  EXPECT_EQ(bench_.frames(0).size(), 2u);
}

}  // namespace
}  // namespace pspnic::rx
