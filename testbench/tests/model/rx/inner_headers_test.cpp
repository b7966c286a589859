// SPDX-License-Identifier: Apache-2.0
#include "model/rx/inner_headers.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/rx/gro_packets.h"

namespace pspnic::rx {
namespace {

using pspnic::test::gro_forms;
using pspnic::test::gro_psp_packet;
using pspnic::test::GroForm;
using pspnic::test::GroPacket;
using Bytes = std::vector<uint8_t>;

TEST(InnerHeaders, AreFoundInPlainAndPspPackets) {
  for (const GroForm& form : gro_forms()) {
    const GroPacket& packet = form.packet;
    const InnerHeaders found = find_inner_headers(build(packet), packet.psp);
    EXPECT_EQ(found.l4_type, net::L4::kTcp) << form.name;
    EXPECT_EQ(found.l3, packet.l3_offset());
    EXPECT_EQ(found.payload, packet.header_bytes()) << form.name;
    EXPECT_EQ(found.end, packet.header_bytes() + packet.payload.size()) << "no ICV";
    EXPECT_EQ(found.l4, packet.header_bytes() - 32);
    EXPECT_EQ(found.udp, packet.psp ? packet.psp_offset() - 8 : 0u);
    EXPECT_EQ(found.tunnel(), packet.tunnel);
    EXPECT_EQ(found.inner_v6, packet.v6);
    EXPECT_TRUE(found.bare && found.ip_checksums_ok && !found.tcp_fragment);
  }
}

TEST(InnerHeaders, AnIcvThatIsGoneChangesNothing) {
  const GroPacket packet = gro_psp_packet(false, true);
  Bytes frame = build(packet);
  const InnerHeaders before = find_inner_headers(frame, true);
  frame.resize(frame.size() - 16);
  const InnerHeaders after = find_inner_headers(frame, true);
  EXPECT_EQ(after.payload, before.payload);
  EXPECT_EQ(after.end, before.end);
}

TEST(InnerHeaders, TcpHeaderBeyondThePacketIsNone) {
  GroPacket packet = gro_psp_packet(false);
  packet.timestamps = false;
  packet.payload.assign(4, 0);
  Bytes frame = build(packet);
  uint8_t& data_offset = frame[packet.header_bytes() - 8];
  data_offset = 0x60;  // four bytes of options in place of the payload
  EXPECT_EQ(find_inner_headers(frame, true).l4_type, net::L4::kTcp);
  data_offset = 0x70;
  EXPECT_EQ(find_inner_headers(frame, true).l4_type, net::L4::kOther);
  EXPECT_EQ(find_inner_headers(frame, true).payload, 0);
  data_offset = 0x40;
  EXPECT_EQ(find_inner_headers(frame, true).l4_type, net::L4::kOther);
}

TEST(InnerHeaders, WhatIsNoIpHasNone) {
  Bytes frame = build(GroPacket{});
  frame[12] = 0x12;
  EXPECT_EQ(find_inner_headers(frame, false).l4_type, net::L4::kNone);
  EXPECT_EQ(find_inner_headers(std::span(frame).first(20), false).payload, 0);
}

}  // namespace
}  // namespace pspnic::rx
