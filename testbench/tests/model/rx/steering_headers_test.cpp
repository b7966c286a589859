// SPDX-License-Identifier: Apache-2.0
#include "model/rx/steering_headers.h"

#include <gtest/gtest.h>

#include "model/psp/header.h"
#include "testbench/tests/model/rx/rx_bench.h"

namespace pspnic::rx {
namespace {

using pspnic::test::Bytes;
using pspnic::test::RxBench;
using pspnic::test::TcpFlow;

TEST(SteeringHeadersTest, OfATransportPacketThePortsAreTheInnerOnes) {
  TcpFlow flow = RxBench::psp_flow();
  flow.vc = true;
  const Bytes frame = RxBench::clear(flow, 100);
  const net::Parsed outer = net::parse_frame(frame);
  const net::Parsed inner = inner_headers(frame, outer);
  EXPECT_EQ(inner.l4, net::L4::kTcp);
  EXPECT_EQ(inner.ip_protocol, net::kProtocolTcp);
  EXPECT_EQ(inner.l3_offset, outer.l3_offset);
  EXPECT_EQ(inner.l4_offset, flow.psp_offset() + 24);
  EXPECT_TRUE(inner.has_ports());
}

TEST(SteeringHeadersTest, OfATunnelAllIsInner) {
  for (const bool v6 : {false, true}) {
    TcpFlow flow = RxBench::psp_flow();
    flow.tunnel = true;
    flow.inner_v6 = v6;
    const Bytes frame = RxBench::clear(flow, 100);
    const net::Parsed inner = inner_headers(frame, net::parse_frame(frame));
    EXPECT_EQ(inner.l3_offset, flow.psp_offset() + 16);
    EXPECT_EQ(inner.is_v6(), v6);
    EXPECT_EQ(inner.l4, net::L4::kTcp);
    EXPECT_TRUE(inner.has_ports());
  }
}

TEST(SteeringHeadersTest, WhatIsTooShortHasNoPorts) {
  const TcpFlow flow = RxBench::psp_flow();
  Bytes frame = RxBench::clear(flow, 0);
  EXPECT_TRUE(inner_headers(frame, net::parse_frame(frame)).has_ports());
  frame.erase(frame.end() - 17);
  net::Parsed outer = net::parse_frame(frame, net::IpLength::kIgnore);
  EXPECT_FALSE(inner_headers(frame, outer).has_ports());
}

TEST(SteeringHeadersTest, ACookieNamesAQueueOrNone) {
  TcpFlow flow = RxBench::psp_flow();
  Bytes frame = RxBench::clear(flow, 100);
  EXPECT_FALSE(cookie_queue(frame, net::parse_frame(frame)));
  flow.vc = true;
  frame = RxBench::clear(flow, 100);
  const auto queue = [&](uint64_t cookie) {
    net::store_be64(&frame[flow.psp_offset() + psp::kHeaderBytes], cookie);
    return cookie_queue(frame, net::parse_frame(frame));
  };
  EXPECT_EQ(queue(0x0123456789ab0003), 3);
  EXPECT_EQ(queue(0xfffffffffffffffe), 0xfffe);
  EXPECT_FALSE(queue(0x000000000000ffff));
}

}  // namespace
}  // namespace pspnic::rx
