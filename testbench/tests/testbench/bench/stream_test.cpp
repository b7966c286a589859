// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/stream.h"

#include <gtest/gtest.h>

namespace pspnic::bench {
namespace {

TEST(Stream, FramesHaveEthernetIpTcpAndPayload) {
  StreamParams params;
  EXPECT_EQ(stream_frame_bytes(params), 14u + 20u + 32u + 1408u);
  params.tcp_timestamps = false;
  EXPECT_EQ(stream_frame_bytes(params), 14u + 20u + 20u + 1408u);
  params.ipv6 = true;
  params.payload_bytes = 8;
  EXPECT_EQ(stream_frame_bytes(params), 14u + 40u + 20u + 8u);
}

TEST(Stream, DefaultPacketsFillAStandardMtuWithPsp) {
  EXPECT_EQ(stream_frame_bytes(StreamParams{}) - 14 + 40, 1500u);
}

TEST(Stream, OffersItsPacketsOneWayOrBothWays) {
  KeyLog keys;
  StreamParams params;
  EXPECT_EQ(StreamWorkload(params, 10, keys).outcome(kA).offered, 10u);
  EXPECT_EQ(StreamWorkload(params, 10, keys).outcome(kB).offered, 0u);
  params.both_ways = true;
  EXPECT_EQ(StreamWorkload(params, 10, keys).outcome(kB).offered, 10u);
}

}  // namespace
}  // namespace pspnic::bench
