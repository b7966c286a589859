// SPDX-License-Identifier: Apache-2.0
// A port's MTU, and frames that PSP makes longer: which are cut shorter, which are dropped.
#include <gtest/gtest.h>

#include "testbench/tests/model/tx/flow_fixture.h"

namespace pspnic::tx {
namespace {

using Mode = Encapsulation::Mode;

// Frames get 1514 bytes, and 4 more for each of two VLAN tags.
class SmallMtuTest : public FetcherFlowsTest {
 protected:
  SmallMtuTest() : FetcherFlowsTest(1500) {}
  static size_t most(const TcpFlow& flow) { return 1514 + 4 * flow.vlan_tags; }
  static std::vector<TcpFlow> flows() {
    std::vector<TcpFlow> all(4);
    all[1].vlan_tags = 1;
    all[2].vlan_tags = 2;
    all[3].outer_v6 = true;
    return all;
  }
  void send_tso(const TcpFlow& flow, const Bytes& payload, size_t mss) {
    bench_.port.frames.clear();
    bench_.put(0, queue::test::tso(static_cast<uint16_t>(mss), static_cast<uint8_t>(flow.header_bytes())));
    send(pspnic::test::tso_template(flow, payload));
  }
  void expect_unwrapped(const std::vector<Bytes>& expected) {
    ASSERT_EQ(bench_.port.frames.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_EQ(unwrapped(bench_.port.frames[i].bytes), expected[i]) << i;
    }
  }
  std::mt19937 random_{7};
};

TEST_F(SmallMtuTest, SegmentsThatWouldNotFitAreCutShorter) {
  const Encapsulation how = tunnel(Mode::kTunnelV6);
  protect(how);
  const Bytes payload = pspnic::test::random_bytes(random_, 9'000);
  for (const TcpFlow& flow : flows()) {
    const size_t fits = most(flow) - how.overhead_bytes() - flow.header_bytes();
    for (const size_t mss : {size_t{1400}, fits + 1, fits}) {
      send_tso(flow, payload, mss);
      expect_unwrapped(pspnic::test::segments(flow, payload, fits));
      EXPECT_EQ(bench_.port.frames[0].bytes.size(), most(flow));
    }
    send_tso(flow, payload, fits - 1);
    expect_unwrapped(pspnic::test::segments(flow, payload, fits - 1));
  }
}

TEST_F(SmallMtuTest, SegmentsOfOtherFlowsKeepTheirSize) {
  add_sa();
  bench_.flows.set_encapsulation({kSlot, kTag}, {});
  flow::Rule rule;
  rule.match.protocol = net::kProtocolTcp;
  rule.match.destination_port = 4;
  rule.sa = {kSlot, kTag};
  bench_.flows.add(rule, false);
  for (TcpFlow flow : flows()) {
    for (const bool udp : {false, true}) {
      flow.udp = udp;
      const size_t fits = most(flow) - flow.header_bytes();
      const Bytes payload = pspnic::test::random_bytes(random_, 4'000);
      send_tso(flow, payload, fits);
      const std::vector<Bytes> expected = pspnic::test::segments(flow, payload, fits);
      ASSERT_EQ(bench_.port.frames.size(), expected.size());
      for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(bench_.port.frames[i].bytes, expected[i]) << i;
    }
  }
}

// Where a datagram ends is the application's affair.
TEST_F(SmallMtuTest, DatagramsAreNotCutShorter) {
  const Encapsulation how;
  add_sa();
  bench_.flows.set_encapsulation({kSlot, kTag}, how);
  flow::Rule rule;
  rule.match.protocol = net::kProtocolUdp;
  rule.sa = {kSlot, kTag};
  bench_.flows.add(rule, false);
  TcpFlow flow;
  flow.udp = true;
  const size_t fits = most(flow) - how.overhead_bytes() - flow.header_bytes();
  const Bytes payload = pspnic::test::random_bytes(random_, 4'000);
  send_tso(flow, payload, fits + 1);
  expect_nothing_sent(DropReason::kTxTooLong, 1);
  EXPECT_EQ(bench_.tags(0).size(), 1u) << "the driver gets its buffers back";
  send_tso(flow, payload, fits);
  expect_unwrapped(pspnic::test::segments(flow, payload, fits));
}

TEST_F(SmallMtuTest, HeadersReadAloneMayBeBadOrNotThere) {
  protect({});
  const TcpFlow flow;
  bench_.put(0, queue::test::tso(1460, 54 + 4));  // not where the payload begins
  bench_.put_frame(0, pspnic::test::tso_template(flow, Bytes(3000)), 1);
  bench_.ring(0);
  bench_.run();
  EXPECT_TRUE(bench_.port.frames.empty());
  EXPECT_EQ(bench_.drop(DropReason::kTxBadDescriptor), 1u);
  EXPECT_EQ(bench_.violations.count(), 1u);
  EXPECT_TRUE(bench_.balanced());
  bench_.put(1, queue::test::tso(1460, 54));
  bench_.put(1, queue::test::data(uint64_t{1} << 60, 3000, true, 2));
  bench_.ring(1);
  bench_.run();
  EXPECT_EQ(bench_.drop(DropReason::kTxDmaFault), 1u);
  EXPECT_TRUE(bench_.balanced());
}

// Queues take turns while headers are read, and within a queue nothing overtakes.
TEST_F(SmallMtuTest, OthersGoOnWhileHeadersAreRead) {
  protect({});
  const TcpFlow flow;
  const Bytes payload(3000, 1);
  bench_.put(0, queue::test::tso(1460, static_cast<uint8_t>(flow.header_bytes())));
  bench_.put_frame(0, pspnic::test::tso_template(flow, payload), 1);
  bench_.put_frame(0, datagram(), 2);
  bench_.put_frame(1, frame(flow, 100), 3);
  bench_.ring(0);
  bench_.ring(1);
  bench_.run();
  ASSERT_EQ(bench_.port.frames.size(), 5u);
  EXPECT_EQ(unwrapped(bench_.port.frames[0].bytes), frame(flow, 100));
  EXPECT_EQ(bench_.port.frames[4].bytes, datagram());
}

TEST_F(SmallMtuTest, AResetWhileHeadersAreRead) {
  protect({});
  bench_.put(0, queue::test::tso(1460, 54));
  bench_.put_frame(0, pspnic::test::tso_template(TcpFlow{}, Bytes(2 * 1460)), 1);
  bench_.ring(0);
  bench_.run_for(900'000);
  EXPECT_EQ(bench_.fetcher.frames(), 0u);
  bench_.dma.reset();
  bench_.fetcher.reset();
  EXPECT_EQ(bench_.drop(DropReason::kTxQueueReset), 2u) << "as its driver wants it, not cut yet";
  EXPECT_TRUE(bench_.balanced());
}

TEST_F(SmallMtuTest, AFrameThatDoesNotFitIsDropped) {
  const uint32_t id = protect({});
  uint64_t dropped = 0;
  for (const TcpFlow& flow : flows()) {
    const size_t fits = most(flow) - Encapsulation{}.overhead_bytes() - flow.header_bytes();
    bench_.port.frames.clear();
    send(frame(flow, fits + 1));
    expect_nothing_sent(DropReason::kTxTooLong, ++dropped);
    EXPECT_EQ(bench_.flows.counters(id)->tx_dropped, dropped);
    send(frame(flow, fits));
    EXPECT_EQ(bench_.port.frames.size(), 1u);
  }
}

}  // namespace
}  // namespace pspnic::tx
