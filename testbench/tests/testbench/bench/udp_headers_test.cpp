// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/udp_headers.h"

#include <gtest/gtest.h>

#include <vector>

#include "model/net/checksum.h"
#include "model/net/parse.h"

namespace pspnic::bench {
namespace {

using Bytes = std::vector<uint8_t>;

const net::MacAddress kFrom{{2, 0, 0, 0, 0, 1}};
const net::MacAddress kTo{{2, 0, 0, 0, 0, 2}};
constexpr UdpEnds kEnds{0xc0000201, 0xc0000202, 20'000, 7};

TEST(UdpHeaders, AreThoseOfAShortDatagramByteByByte) {
  Bytes frame(44, 0xee);
  write_udp_headers({kFrom, kTo}, kEnds, frame);
  const auto part = [&](ptrdiff_t from, ptrdiff_t to) {
    return Bytes(frame.begin() + from, frame.begin() + to);
  };
  EXPECT_EQ(part(0, 14), Bytes({2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0}));
  EXPECT_EQ(part(14, 26), Bytes({0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0xf6, 0xcb}));
  EXPECT_EQ(part(26, 34), Bytes({0xc0, 0, 2, 1, 0xc0, 0, 2, 2}));
  EXPECT_EQ(part(34, 42), Bytes({0x4e, 0x20, 0, 7, 0, 10, 0, 0}));
  EXPECT_EQ(part(42, 44), Bytes({0xee, 0xee})) << "the payload is the caller's";
}

TEST(UdpHeaders, OfAnyLengthParseWithAndWithoutATag) {
  for (const bool vlan : {false, true}) {
    for (const size_t bytes : {64u, 1500u, 9000u}) {
      const UdpLayout layout(vlan);
      Bytes frame(bytes);
      write_udp_headers({kFrom, kTo, vlan ? std::optional<uint16_t>(0x6064) : std::nullopt}, kEnds, frame);
      const net::Parsed parsed = net::parse_frame(frame);
      EXPECT_EQ(parsed.error, net::ParseError::kNone);
      EXPECT_EQ(parsed.vlan_tags, vlan ? 1 : 0);
      EXPECT_EQ(parsed.vlan_tci[0], vlan ? 0x6064 : 0);
      EXPECT_EQ(parsed.l3_offset, layout.ip);
      EXPECT_EQ(parsed.l4, net::L4::kUdp);
      EXPECT_EQ(parsed.l4_offset, layout.udp);
      EXPECT_EQ(parsed.payload_offset, layout.payload);
      EXPECT_EQ(parsed.l4_end, bytes);
      EXPECT_TRUE(net::ipv4_checksum_ok(std::span(frame).subspan(layout.ip, net::kIpv4HeaderBytes)));
    }
  }
}

TEST(UdpHeaders, OtherEndsChangeNothingElse) {
  Bytes frame(80);
  Bytes expected(80);
  constexpr UdpEnds kOthers{0x0a000001, 0x0a400001, 1024, 443};
  write_udp_headers({kFrom, kTo}, kEnds, frame);
  write_udp_headers({kFrom, kTo}, kOthers, expected);
  EXPECT_NE(frame, expected);
  write_udp_ends(kOthers, &frame[UdpLayout(false).ip]);
  EXPECT_EQ(frame, expected);
}

}  // namespace
}  // namespace pspnic::bench
