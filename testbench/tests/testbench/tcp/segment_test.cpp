// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/segment.h"

#include <gtest/gtest.h>

#include <vector>

#include "model/net/checksum.h"
#include "model/net/ipv4.h"

namespace pspnic::tcp {
namespace {

Path path(bool v6) {
  Path path;
  path.flow.is_v6 = v6;
  path.flow.protocol = net::kProtocolTcp;
  path.flow.source[0] = 1;
  path.flow.destination[0] = 2;
  path.flow.source_port = 1000;
  path.flow.destination_port = 2000;
  return path;
}

TEST(Segment, WhatIsWrittenIsRead) {
  for (const bool v6 : {false, true}) {
    for (const bool stamps : {false, true}) {
      for (const uint8_t flags : {net::kTcpAck, net::kTcpSyn}) {
        Segment segment;
        segment.sequence = 0xdeadbeef;
        segment.ack = 0x12345678;
        segment.window = 0xabcd;
        segment.flags = flags;
        segment.has_timestamp = stamps;
        segment.timestamp = stamps ? 77 : 0;
        segment.echo = stamps ? 88 : 0;
        if (flags == net::kTcpSyn) {
          segment.mss = 1420;
          segment.has_window_scale = true;
          segment.window_scale = 9;
        }
        std::vector<uint8_t> frame(kMaxHeaderBytes + 5);
        const size_t headers = HeaderTemplate(path(v6)).write(frame.data(), segment, 5, 1);
        frame.resize(headers + 5);
        const net::Parsed parsed = net::parse_frame(frame);
        ASSERT_TRUE(parsed.ok());
        EXPECT_TRUE(parsed.ip_checksum_ok);
        EXPECT_EQ(net::FlowKey::from_frame(frame, parsed), path(v6).flow);
        Segment back;
        ASSERT_TRUE(read_segment(frame, parsed, back));
        EXPECT_EQ(back.payload.size(), 5u);
        EXPECT_EQ(back.sequence, segment.sequence);
        EXPECT_EQ(back.ack, segment.ack);
        EXPECT_EQ(back.window, segment.window);
        EXPECT_EQ(back.flags, flags);
        EXPECT_EQ(back.mss, segment.mss);
        EXPECT_EQ(back.has_window_scale, segment.has_window_scale);
        EXPECT_EQ(back.window_scale, segment.window_scale);
        EXPECT_EQ(back.has_timestamp, stamps);
        EXPECT_EQ(back.timestamp, segment.timestamp);
        EXPECT_EQ(back.echo, segment.echo);
      }
    }
  }
}

// Options that reach beyond the header, or have a length that their kind has not.
TEST(Segment, BrokenOptionsAreRefusedAndUnknownOnesSkipped) {
  struct Case {
    std::vector<uint8_t> options;
    bool right;
  };
  for (const auto& [options, right] : {
           Case{{1, 1, 1, 1}, true},
           Case{{0, 9, 9, 9}, true},   // nothing counts behind the end
           Case{{30, 4, 0, 0}, true},  // unknown
           Case{{30, 3, 0, 0}, true},
           Case{{30, 5, 0, 0}, false},
           Case{{30, 1, 0, 0}, false},
           Case{{30, 0, 0, 0}, false},
           Case{{1, 1, 1, 30}, false},  // no length
           Case{{2, 4, 5, 6}, true},
           Case{{2, 3, 5, 0}, false},
           Case{{3, 3, 200, 0}, true},
           Case{{8, 4, 0, 0}, false},
       }) {
    std::vector<uint8_t> frame(14 + 20);
    Segment segment;
    segment.mss = 1;  // makes room for four bytes of options
    frame.resize(kMaxHeaderBytes);
    frame.resize(HeaderTemplate(path(false)).write(frame.data(), segment, 0, 1));
    std::copy(options.begin(), options.end(), frame.end() - 4);
    Segment back;
    EXPECT_EQ(read_segment(frame, net::parse_frame(frame), back), right) << testing::PrintToString(options);
    EXPECT_LE(back.window_scale, kMaxWindowScale);
  }
}

TEST(Segment, Ipv4IdentificationsOfTsoFramesDoNotOverlap) {
  HeaderTemplate headers(path(false));
  std::vector<uint8_t> frame(kMaxHeaderBytes);
  headers.write(frame.data(), {}, 0, 44);
  const uint16_t first = net::load_be16(frame.data() + 18);
  headers.write(frame.data(), {}, 0, 1);
  EXPECT_EQ(net::load_be16(frame.data() + 18), first + 44);
}

}  // namespace
}  // namespace pspnic::tcp
