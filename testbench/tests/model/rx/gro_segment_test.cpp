// SPDX-License-Identifier: Apache-2.0
// What a packet says to coalescing. Which packets may be merged is checked by gro_aggregate_test.cpp.
#include "model/rx/gro_segment.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/rx/gro_packets.h"

namespace pspnic::rx {
namespace {

using pspnic::test::gro_forms;
using pspnic::test::gro_psp_packet;
using pspnic::test::GroForm;
using pspnic::test::GroPacket;
using Bytes = std::vector<uint8_t>;

TEST(GroSegment, SaysWhatStandsInThePacket) {
  for (const GroForm& form : gro_forms()) {
    const GroSegment segment = gro_segment(build(form.packet), metadata_of(form.packet), 3);
    ASSERT_EQ(segment.kind, GroSegment::Kind::kMergeable) << form.name;
    EXPECT_EQ(segment.payload_bytes, 100u);
    EXPECT_EQ(segment.sequence, 1000u);
    EXPECT_EQ(segment.ack, 500u);
    EXPECT_EQ(segment.flags, 0x10);
    EXPECT_EQ(segment.ts_value, 10u);
    EXPECT_EQ(segment.ts_echo, 20u);
    EXPECT_EQ(segment.timestamps, form.packet.header_bytes() - 8);
    EXPECT_EQ(segment.payload_sum, 0x5a5a * 50 % 0xffff) << form.name;
    EXPECT_EQ(segment.flow.queue, 3);
    EXPECT_EQ(segment.flow.v6, form.packet.v6);
  }
}

TEST(GroSegment, HeadersThatAreTooLongAreNotMerged) {
  GroPacket packet = gro_psp_packet(true, true, true);
  packet.vlan = 5;
  packet.cookie = true;
  packet.other_options.assign(28, 1);
  ASSERT_EQ(packet.header_bytes() + 4, GroSegment::kMaxHeaderBytes);
  EXPECT_EQ(gro_segment(build(packet), metadata_of(packet), 0).kind, GroSegment::Kind::kMergeable);
  packet.extension = 8;
  EXPECT_EQ(gro_segment(build(packet), metadata_of(packet), 0).kind, GroSegment::Kind::kApart);
}

TEST(GroSegment, AnyBytesAreTaken) {
  for (const GroForm& form : gro_forms()) {
    const Bytes whole = build(form.packet);
    for (size_t i = 0; i < whole.size() && i < 150; ++i) {
      for (const int bits : {0x01, 0x80, 0xff}) {
        Bytes broken = whole;
        broken[i] ^= static_cast<uint8_t>(bits);
        idpf::RxCompletion plain = metadata_of(form.packet);
        plain.psp_status = idpf::PspRxStatus::kNotPsp;
        (void)gro_segment(broken, plain, 0);
        (void)gro_segment(std::span(whole).first(i), plain, 0);
      }
    }
  }
}

}  // namespace
}  // namespace pspnic::rx
