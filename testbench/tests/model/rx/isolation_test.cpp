// SPDX-License-Identifier: Apache-2.0
// Frames in clear beside PSP packets: order, time and room.
#include <gtest/gtest.h>

#include "testbench/tests/model/rx/rx_bench.h"

namespace pspnic::rx {
namespace {

using base::DropReason;
using pspnic::test::Bytes;
using pspnic::test::RxBench;
using pspnic::test::TcpFlow;
using pspnic::test::Time;

Bytes plain(size_t bytes) {
  Bytes frame(bytes, 1);
  const Bytes addresses = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x12, 0x34};
  std::copy(addresses.begin(), addresses.end(), frame.begin());
  return frame;
}

class RxIsolation : public testing::Test {
 protected:
  RxBench bench_{256 * 1024};
};

// 1300 bytes of TCP are 83 blocks: parser 20, key 15, lane 85 + 17 cycles. A frame in clear needs the parser.
TEST_F(RxIsolation, AFrameInClearOvertakesWhatIsInTheLanes) {
  constexpr Time kThroughLanes = 15'000 + 102'000;
  const TcpFlow flow = RxBench::psp_flow();
  for (const Time behind : {kThroughLanes - 1, kThroughLanes + 1}) {
    const Time begin = bench_.events.now() + 1'000'000;
    bench_.at(begin, [&] { bench_.receive(bench_.sealed(flow, 1300)); });
    bench_.at(begin + behind, [&] { bench_.receive(plain(100)); });
    bench_.run();
    const auto order = bench_.received(0);
    ASSERT_EQ(order.size(), 2u);
    EXPECT_EQ(order[0].bytes.size() == 100, behind < kThroughLanes) << behind;
  }
}

TEST_F(RxIsolation, OverloadedLanesLeaveFramesInClearTheirTime) {
  const TcpFlow flow = RxBench::psp_flow();
  const Time begin = bench_.events.now() + 1'000'000;
  // A PSP packet of 2000 bytes every 10 ns keeps two lanes busy for 64 ns each.
  for (int i = 0; i < 60; ++i) {
    bench_.at(begin + static_cast<Time>(i) * 10'000, [&] { bench_.receive(bench_.sealed(flow, 2000)); });
    if (i % 6 == 0) {
      bench_.at(begin + static_cast<Time>(i) * 10'000 + 5'000, [&] { bench_.receive(plain(100)); });
    }
  }
  bench_.run();
  EXPECT_EQ(bench_.pipeline.stats().delivered.value(), 70u);
  EXPECT_EQ(bench_.received(0).size(), 70u);
  // In clear: 40 ns of parser and placement, and what the PCIe link is busy with.
  EXPECT_LT(bench_.pipeline.stats().latency.min(), 60'000u);
  EXPECT_GT(bench_.pipeline.stats().latency.max(), 1'000'000u) << "PSP packets wait for the lanes";
}

TEST_F(RxIsolation, PspPacketsHoldNoMoreThanTheirPartOfTheBuffer) {
  const TcpFlow flow = RxBench::psp_flow();
  const Bytes packet = bench_.sealed(flow, 2000);
  // All at one time: nothing leaves the lanes meanwhile. The bench's part is the whole buffer.
  const size_t fit = 256 * 1024 / packet.size();
  for (size_t i = 0; i < fit + 3; ++i) bench_.receive(packet);
  EXPECT_EQ(bench_.drop(DropReason::kRxOverflow), 3u);
  bench_.run();
  EXPECT_TRUE(bench_.balanced());
}

// A part that is smaller than the buffer.
class RxPart : public testing::Test {
 protected:
  static constexpr uint64_t kPart = 20 * 1024;
  RxBench bench_{64 * 1024, {}, kPart};
};

TEST_F(RxPart, TheRestStaysForFramesInClear) {
  const TcpFlow flow = RxBench::psp_flow();
  const Bytes packet = bench_.sealed(flow, 2048 - flow.header_bytes() - 16);
  ASSERT_EQ(packet.size(), 2048u);
  for (int i = 0; i < 11; ++i) bench_.receive(packet);
  EXPECT_EQ(bench_.drop(DropReason::kRxPspOverflow), 1u) << "ten fit exactly";
  // The dropped one holds its bytes until it is out of the parser: 64 - 11 * 2 KiB are left.
  for (int i = 0; i < 42; ++i) bench_.receive(plain(1024));
  EXPECT_EQ(bench_.drop(DropReason::kRxOverflow), 0u);
  bench_.run();
  EXPECT_EQ(bench_.pipeline.stats().delivered.value(), 52u);
  EXPECT_TRUE(bench_.balanced());
  // What has left the lanes gives its part back, though it still waits for host memory.
  for (int i = 0; i < 10; ++i) bench_.receive(packet);
  EXPECT_EQ(bench_.drop(DropReason::kRxPspOverflow), 1u);
  bench_.run();
}

}  // namespace
}  // namespace pspnic::rx
