// SPDX-License-Identifier: Apache-2.0
// Ethernet, VLAN, IPv4 and L4; IPv6 is in parse_ipv6_test.cpp.
#include "model/net/parse.h"

#include <gtest/gtest.h>

#include <string>

#include "testbench/tests/model/net/frames.h"

namespace pspnic::net::test {
namespace {

TEST(ParseFrame, TcpOverIpv4) {
  const Bytes frame = ipv4_frame(kProtocolTcp, tcp(pattern(100), pattern(12))) + Bytes(6);
  const Parsed parsed = parse_frame(frame);
  EXPECT_EQ(parsed.error, ParseError::kNone);
  EXPECT_EQ(parsed.ether_type, kEtherTypeIpv4);
  EXPECT_EQ(parsed.vlan_tags, 0);
  EXPECT_EQ(parsed.l3, L3::kIpv4);
  EXPECT_EQ(parsed.l3_offset, 14);
  EXPECT_EQ(parsed.l3_header_bytes, 20);
  EXPECT_EQ(parsed.ip_protocol, kProtocolTcp);
  EXPECT_EQ(parsed.l4, L4::kTcp);
  EXPECT_EQ(parsed.l4_offset, 34);
  EXPECT_EQ(parsed.l4_header_bytes, 32);
  EXPECT_EQ(parsed.payload_offset, 66);
  EXPECT_EQ(parsed.ip_end, 166U);  // without the padding
  EXPECT_EQ(parsed.l4_end, 166U);
  EXPECT_TRUE(parsed.ip_checksum_ok);
  EXPECT_TRUE(parsed.is_ip());
  EXPECT_TRUE(parsed.has_ports());
  EXPECT_FALSE(parsed.fragment);
  EXPECT_FALSE(parsed.ipv6_extension);
}

TEST(ParseFrame, UdpOverIpv4WithOptions) {
  const Bytes frame = ethernet(kEtherTypeIpv4) + ipv4(kProtocolUdp, udp(pattern(10)), pattern(40));
  const Parsed parsed = parse_frame(frame);
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.l3_header_bytes, 60);
  EXPECT_EQ(parsed.l4, L4::kUdp);
  EXPECT_EQ(parsed.l4_offset, 74);
  EXPECT_EQ(parsed.payload_offset, 82);
  EXPECT_EQ(parsed.ip_end, 92U);
  EXPECT_TRUE(parsed.ip_checksum_ok);
}

TEST(ParseFrame, OneVlanTag) {
  const Bytes frame =
      ethernet(kEtherTypeIpv4, {{kEtherTypeVlan, 0xa064}}) + ipv4(kProtocolUdp, udp(pattern(10)));
  const Parsed parsed = parse_frame(frame);
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.vlan_tags, 1);
  EXPECT_EQ(parsed.vlan_tci[0], 0xa064);
  EXPECT_EQ(parsed.ether_type, kEtherTypeIpv4);
  EXPECT_EQ(parsed.l3_offset, 18);
  EXPECT_EQ(parsed.l4_offset, 38);
}

TEST(ParseFrame, TwoVlanTags) {
  const Bytes frame = ethernet(kEtherTypeIpv6, {{kEtherTypeServiceVlan, 7}, {kEtherTypeVlan, 8}}) +
                      ipv6(kProtocolTcp, tcp({}));
  const Parsed parsed = parse_frame(frame);
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.vlan_tags, 2);
  EXPECT_EQ(parsed.vlan_tci[0], 7);
  EXPECT_EQ(parsed.vlan_tci[1], 8);
  EXPECT_EQ(parsed.l3, L3::kIpv6);
  EXPECT_EQ(parsed.l3_offset, 22);
}

TEST(ParseFrame, ThirdVlanTagIsNotParsed) {
  const Bytes frame =
      ethernet(kEtherTypeIpv4, {{kEtherTypeVlan, 1}, {kEtherTypeVlan, 2}, {kEtherTypeVlan, 3}}) +
      ipv4(kProtocolUdp, udp({}));
  const Parsed parsed = parse_frame(frame);
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.vlan_tags, 2);
  EXPECT_EQ(parsed.ether_type, kEtherTypeVlan);
  EXPECT_EQ(parsed.l3, L3::kNone);
  EXPECT_EQ(parsed.payload_offset, 22);
}

TEST(ParseFrame, NonIp) {
  const Parsed arp = parse_frame(ethernet(kEtherTypeArp) + pattern(46));
  EXPECT_TRUE(arp.ok());
  EXPECT_EQ(arp.l3, L3::kArp);
  EXPECT_FALSE(arp.is_ip());
  const Parsed lldp = parse_frame(ethernet(0x88cc) + pattern(46));
  EXPECT_TRUE(lldp.ok());
  EXPECT_EQ(lldp.l3, L3::kNone);
  EXPECT_EQ(lldp.l4, L4::kNone);
  const Parsed length = parse_frame(ethernet(0x0026) + pattern(46));
  EXPECT_EQ(length.ether_type, 0x0026);
  EXPECT_EQ(length.l3, L3::kNone);
}

TEST(ParseFrame, OtherProtocols) {
  struct Case {
    uint8_t protocol;
    L4 l4;
    int header_bytes;
  };
  for (const Case& test : {Case{kProtocolSctp, L4::kSctp, 12}, Case{kProtocolIcmp, L4::kIcmp, 8},
                           Case{kProtocolIcmp6, L4::kOther, 0}, Case{kProtocolEsp, L4::kOther, 0},
                           Case{kProtocolAh, L4::kOther, 0}, Case{kProtocolNone, L4::kNone, 0}}) {
    const Parsed parsed = parse_frame(ipv4_frame(test.protocol, pattern(40)));
    EXPECT_TRUE(parsed.ok()) << int(test.protocol);
    EXPECT_EQ(parsed.l4, test.l4) << int(test.protocol);
    EXPECT_EQ(parsed.l4_header_bytes, test.header_bytes) << int(test.protocol);
    EXPECT_EQ(parsed.payload_offset, 34 + test.header_bytes);
    EXPECT_EQ(parsed.ip_protocol, test.protocol);
  }
}

TEST(ParseFrame, WrongHeaderChecksumIsNoParseError) {
  Bytes frame = ipv4_frame(kProtocolUdp, udp(pattern(10)));
  frame[24] ^= 1;
  const Parsed parsed = parse_frame(frame);
  EXPECT_TRUE(parsed.ok());
  EXPECT_FALSE(parsed.ip_checksum_ok);
  EXPECT_EQ(parsed.l4, L4::kUdp);
}

TEST(ParseFrame, FirstFragmentHasItsL4Header) {
  Bytes datagram = udp(pattern(16));
  store_be16(datagram.data() + 4, 3000);  // of the whole datagram
  const Parsed parsed =
      parse_frame(ethernet(kEtherTypeIpv4) + ipv4(kProtocolUdp, datagram, {}, kIpv4MoreFragments));
  EXPECT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed.fragment);
  EXPECT_TRUE(parsed.first_fragment);
  EXPECT_EQ(parsed.l4, L4::kUdp);
  EXPECT_EQ(parsed.l4_header_bytes, 8);
  EXPECT_EQ(parsed.l4_end, parsed.ip_end);
}

TEST(ParseFrame, LaterFragmentHasNoL4) {
  for (const uint16_t field : std::initializer_list<uint16_t>{0x2001, 0x0001}) {  // in the middle, last
    const Parsed parsed = parse_frame(ethernet(kEtherTypeIpv4) + ipv4(kProtocolTcp, pattern(3), {}, field));
    EXPECT_TRUE(parsed.ok());
    EXPECT_TRUE(parsed.fragment);
    EXPECT_FALSE(parsed.first_fragment);
    EXPECT_EQ(parsed.l4, L4::kNone);
    EXPECT_EQ(parsed.l4_header_bytes, 0);
    EXPECT_EQ(parsed.payload_offset, 34);
    EXPECT_EQ(parsed.ip_protocol, kProtocolTcp);
  }
}

TEST(ParseFrame, UdpMayEndBeforeTheIpPacket) {
  const Parsed parsed = parse_frame(ipv4_frame(kProtocolUdp, udp(pattern(10)) + pattern(4)));
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.l4_end, 34U + 18U);
  EXPECT_EQ(parsed.ip_end, 34U + 22U);
}

struct ErrorCase {
  const char* name;
  Bytes frame;
  ParseError error;
};

Bytes patched(Bytes frame, size_t offset, uint8_t value) {
  frame[offset] = value;
  return frame;
}

std::vector<ErrorCase> error_cases() {
  const Bytes udp4 = ipv4_frame(kProtocolUdp, udp(pattern(10)));
  const Bytes tcp4 = ipv4_frame(kProtocolTcp, tcp(pattern(10)));
  return {
      {"nothing", {}, ParseError::kTruncatedEthernet},
      {"13 bytes", Bytes(13), ParseError::kTruncatedEthernet},
      {"cut VLAN tag", ethernet(0x8100) + Bytes(3), ParseError::kTruncatedEthernet},
      {"cut second VLAN tag", ethernet(0x8100, {{0x88a8, 1}}) + Bytes(2), ParseError::kTruncatedEthernet},
      {"no IPv4 header", ethernet(kEtherTypeIpv4), ParseError::kTruncatedIp},
      {"19 bytes of IPv4", Bytes(udp4.begin(), udp4.begin() + 33), ParseError::kTruncatedIp},
      {"options beyond", patched(ipv4_frame(kProtocolUdp, {}), 14, 0x46), ParseError::kTruncatedIp},
      {"version 6 as IPv4", patched(udp4, 14, 0x65), ParseError::kBadIpVersion},
      {"IHL 4", patched(udp4, 14, 0x44), ParseError::kBadIpv4HeaderLength},
      {"total length 19", patched(udp4, 17, 19), ParseError::kBadIpv4TotalLength},
      {"total length 39 of 38", patched(udp4, 17, 39), ParseError::kIpLengthBeyondFrame},
      {"7 bytes of UDP", ipv4_frame(kProtocolUdp, pattern(7)), ParseError::kTruncatedL4},
      {"UDP length 7", patched(udp4, 39, 7), ParseError::kBadUdpLength},
      {"UDP length 0", patched(udp4, 39, 0), ParseError::kBadUdpLength},
      {"UDP length 19 of 18", patched(udp4, 39, 19), ParseError::kBadUdpLength},
      {"19 bytes of TCP", ipv4_frame(kProtocolTcp, pattern(19)), ParseError::kTruncatedL4},
      {"data offset 4", patched(tcp4, 46, 0x40), ParseError::kBadTcpDataOffset},
      {"data offset 8 of 30 bytes", patched(tcp4, 46, 0x80), ParseError::kBadTcpDataOffset},
      {"11 bytes of SCTP", ipv4_frame(kProtocolSctp, pattern(11)), ParseError::kTruncatedL4},
      {"7 bytes of ICMP", ipv4_frame(kProtocolIcmp, pattern(7)), ParseError::kTruncatedL4},
  };
}

TEST(ParseFrame, EveryMalformationHasItsError) {
  for (const ErrorCase& test : error_cases()) {
    const Parsed parsed = parse_frame(test.frame);
    EXPECT_EQ(parsed.error, test.error) << test.name << ": " << to_string(parsed.error);
    EXPECT_EQ(parsed.l4_header_bytes, 0) << test.name;
  }
}

TEST(ParseFrame, LimitsAreExact) {
  Bytes frame = ipv4_frame(kProtocolUdp, udp(pattern(10)));
  EXPECT_TRUE(parse_frame(patched(frame, 17, 38)).ok());
  EXPECT_TRUE(parse_frame(patched(frame, 39, 8)).ok());
  EXPECT_TRUE(parse_frame(ipv4_frame(kProtocolTcp, pattern(12) + Bytes{0x50, 0, 0, 0, 0, 0, 0, 0})).ok());
  EXPECT_TRUE(parse_frame(ethernet(0x9999)).ok());
}

TEST(ParseFrame, KeepsWhatComesBeforeTheFault) {
  const Parsed parsed = parse_frame(ipv4_frame(kProtocolUdp, pattern(7)));
  EXPECT_EQ(parsed.error, ParseError::kTruncatedL4);
  EXPECT_TRUE(parsed.is_ip());
  EXPECT_EQ(parsed.l4, L4::kUdp);
  EXPECT_EQ(parsed.l4_offset, 34);
  EXPECT_FALSE(parsed.has_ports());
}

TEST(ParseFrame, IgnoresLengthsOnRequest) {
  Bytes frame = ipv4_frame(kProtocolUdp, udp(pattern(10)));
  store_be16(frame.data() + 16, 0);
  store_be16(frame.data() + 38, 0);
  EXPECT_EQ(parse_frame(frame).error, ParseError::kBadIpv4TotalLength);
  const Parsed parsed = parse_frame(frame, IpLength::kIgnore);
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.ip_end, frame.size());
  EXPECT_EQ(parsed.l4_end, frame.size());
  EXPECT_EQ(parsed.payload_offset, 42);
}

TEST(ParseIp, StartsAtTheInnerPacket) {
  const Bytes front = pattern(58);
  for (const bool v6 : {false, true}) {
    const Bytes inner = v6 ? ipv6(kProtocolTcp, tcp(pattern(4))) : ipv4(kProtocolTcp, tcp(pattern(4)));
    const Parsed parsed = parse_ip(front + inner, 58);
    EXPECT_TRUE(parsed.ok());
    EXPECT_EQ(parsed.l3, v6 ? L3::kIpv6 : L3::kIpv4);
    EXPECT_EQ(parsed.l3_offset, 58);
    EXPECT_EQ(parsed.l4_offset, 58 + (v6 ? 40 : 20));
    EXPECT_EQ(parsed.ether_type, 0);
    EXPECT_EQ(parsed.ip_end, front.size() + inner.size());
  }
}

TEST(ParseIp, RefusesWhatIsNoIpPacket) {
  const Bytes packet = ipv4(kProtocolTcp, tcp({}));
  EXPECT_EQ(parse_ip(packet, packet.size()).error, ParseError::kTruncatedIp);
  EXPECT_EQ(parse_ip(packet, SIZE_MAX).error, ParseError::kTruncatedIp);
  EXPECT_EQ(parse_ip(patched(packet, 0, 0x55), 0).error, ParseError::kBadIpVersion);
  EXPECT_EQ(parse_ip(Bytes(0x10000) + packet, 0x10000).error, ParseError::kHeadersTooLong);
  EXPECT_EQ(parse_ip(Bytes(0xffff) + packet, 0xffff).error, ParseError::kHeadersTooLong);
}

TEST(ParseError, EachHasItsOwnText) {
  std::vector<std::string> texts;
  for (int error = 0; error <= int(ParseError::kBadTcpDataOffset); ++error) {
    texts.emplace_back(to_string(ParseError(error)));
  }
  for (size_t i = 0; i < texts.size(); ++i) {
    EXPECT_NE(texts[i], "?");
    for (size_t j = 0; j < i; ++j) EXPECT_NE(texts[i], texts[j]);
  }
}

}  // namespace
}  // namespace pspnic::net::test
