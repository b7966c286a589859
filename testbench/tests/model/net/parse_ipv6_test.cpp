// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "model/net/parse.h"
#include "testbench/tests/model/net/frames.h"

namespace pspnic::net::test {
namespace {

// Options header (hop-by-hop, destination) of (units + 1) * 8 bytes, filled with PadN.
Bytes options(uint8_t next_header, uint8_t units = 0) {
  Bytes bytes((units + 1U) * 8U);
  bytes[0] = next_header;
  bytes[1] = units;
  bytes[2] = 1;
  bytes[3] = uint8_t(bytes.size() - 4);
  return bytes;
}

Bytes fragment(uint8_t next_header, uint16_t field) {
  return Bytes{next_header, 0} + be16(field) + be32(0xabcdef01);
}

Bytes routing(uint8_t next_header, uint8_t segments_left) {
  return Bytes{next_header, 2, 0, segments_left, 0, 0, 0, 0} + pattern(16);
}

TEST(ParseIpv6, PlainUdpAndTcp) {
  const Bytes frame = ipv6_frame(kProtocolUdp, udp(pattern(20))) + Bytes(3);
  const Parsed parsed = parse_frame(frame);
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.l3, L3::kIpv6);
  EXPECT_EQ(parsed.l3_header_bytes, 40);
  EXPECT_EQ(parsed.l4, L4::kUdp);
  EXPECT_EQ(parsed.l4_offset, 54);
  EXPECT_EQ(parsed.payload_offset, 62);
  EXPECT_EQ(parsed.ip_end, 82U);
  EXPECT_FALSE(parsed.ipv6_extension);
  EXPECT_TRUE(parsed.ip_checksum_ok);
  EXPECT_EQ(parse_frame(ipv6_frame(kProtocolTcp, tcp({}, pattern(40)))).payload_offset, 54 + 60);
}

TEST(ParseIpv6, WalksEveryExtensionHeader) {
  const Bytes authentication = Bytes{kIpv6Mobility, 4} + Bytes(22);  // (4 + 2) * 4 bytes
  const Bytes chain = options(kIpv6DestinationOptions) + options(kIpv6Routing, 2) +
                      routing(kIpv6Authentication, 0) + authentication + options(kIpv6HostIdentity) +
                      options(kIpv6Shim6) + options(kProtocolTcp);
  const Parsed parsed = parse_frame(ipv6_frame(kIpv6HopByHop, chain + tcp(pattern(5))));
  EXPECT_TRUE(parsed.ok()) << to_string(parsed.error);
  EXPECT_TRUE(parsed.ipv6_extension);
  EXPECT_FALSE(parsed.fragment);
  EXPECT_FALSE(parsed.ipv6_segments_left);
  EXPECT_EQ(parsed.ip_protocol, kProtocolTcp);
  EXPECT_EQ(parsed.l4, L4::kTcp);
  EXPECT_EQ(parsed.l3_header_bytes, 40 + chain.size());
  EXPECT_EQ(parsed.l4_offset, 54 + chain.size());
  EXPECT_EQ(parsed.payload_offset, 54 + chain.size() + 20);
}

TEST(ParseIpv6, NotesSegmentsLeft) {
  const Parsed parsed = parse_frame(ipv6_frame(kIpv6Routing, routing(kProtocolUdp, 1) + udp({})));
  EXPECT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed.ipv6_segments_left);
}

// Where another header can be put in, and which byte would name it.
TEST(ParseIpv6, SaysBehindWhatAHeaderMayBePut) {
  const Bytes data = udp(pattern(20));
  const auto parse = [&](uint8_t first, const Bytes& chain) {
    return parse_frame(ipv6_frame(first, chain + data));
  };
  EXPECT_EQ(parse(kProtocolUdp, {}).protocol_offset, 14 + 6);
  EXPECT_TRUE(parse(kProtocolUdp, {}).takes_encapsulation());
  const Parsed two = parse(kIpv6HopByHop, options(kIpv6DestinationOptions, 1) + options(kProtocolUdp));
  EXPECT_EQ(two.protocol_offset, 14 + 40 + 16);
  EXPECT_TRUE(two.takes_encapsulation());
  EXPECT_TRUE(parse(kIpv6Routing, routing(kProtocolUdp, 0)).takes_encapsulation());
  EXPECT_FALSE(parse(kIpv6Routing, routing(kProtocolUdp, 1)).takes_encapsulation());
  EXPECT_FALSE(parse(kIpv6Fragment, fragment(kProtocolUdp, 0)).takes_encapsulation()) << "atomic";
  EXPECT_FALSE(parse(kIpv6Fragment, fragment(kProtocolUdp, 1)).takes_encapsulation());
  for (const uint8_t type : {kIpv6Authentication, kIpv6Mobility, kIpv6HostIdentity, kIpv6Shim6}) {
    EXPECT_FALSE(parse(type, Bytes{kProtocolUdp, 0} + Bytes(6)).takes_encapsulation()) << int{type};
  }
  Bytes ipv4 = ipv4_frame(kProtocolUdp, data);
  EXPECT_EQ(parse_frame(ipv4).protocol_offset, 14 + 9);
  EXPECT_TRUE(parse_frame(ipv4).takes_encapsulation());
  ipv4[20] = 0x20;
  EXPECT_FALSE(parse_frame(ipv4).takes_encapsulation());
}

TEST(ParseIpv6, Fragments) {
  Bytes datagram = udp(pattern(16));
  store_be16(datagram.data() + 4, 3000);
  const Parsed first = parse_frame(ipv6_frame(kIpv6Fragment, fragment(kProtocolUdp, 0x0001) + datagram));
  EXPECT_TRUE(first.ok());
  EXPECT_TRUE(first.fragment);
  EXPECT_TRUE(first.first_fragment);
  EXPECT_EQ(first.l4, L4::kUdp);
  for (const uint16_t field : std::initializer_list<uint16_t>{0x0009, 0x0008, 0xfff8}) {
    const Parsed later = parse_frame(ipv6_frame(kIpv6Fragment, fragment(kProtocolUdp, field) + pattern(3)));
    EXPECT_TRUE(later.ok());
    EXPECT_TRUE(later.fragment);
    EXPECT_FALSE(later.first_fragment);
    EXPECT_EQ(later.l4, L4::kNone);
    EXPECT_EQ(later.payload_offset, 62);
  }
}

TEST(ParseIpv6, AtomicFragmentIsAWholeDatagram) {
  // The two reserved bits of the field do not matter.
  for (const uint16_t field : std::initializer_list<uint16_t>{0x0000, 0x0006}) {
    const Parsed parsed =
        parse_frame(ipv6_frame(kIpv6Fragment, fragment(kProtocolUdp, field) + udp(pattern(4))));
    EXPECT_TRUE(parsed.ok());
    EXPECT_FALSE(parsed.fragment);
    EXPECT_TRUE(parsed.ipv6_extension);
    EXPECT_EQ(parsed.l4, L4::kUdp);
  }
}

TEST(ParseIpv6, DoesNotReadHeadersIntoALaterFragment) {
  const Parsed parsed =
      parse_frame(ipv6_frame(kIpv6Fragment, fragment(kIpv6DestinationOptions, 0x0010) + pattern(2)));
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(parsed.ip_protocol, kIpv6DestinationOptions);
  EXPECT_EQ(parsed.payload_offset, 62);
}

TEST(ParseIpv6, NoNextHeaderAndEspEndTheChain) {
  const Parsed none = parse_frame(ipv6_frame(kIpv6HopByHop, options(kProtocolNone)));
  EXPECT_TRUE(none.ok());
  EXPECT_EQ(none.l4, L4::kNone);
  const Parsed esp = parse_frame(ipv6_frame(kProtocolEsp, pattern(3)));
  EXPECT_TRUE(esp.ok());
  EXPECT_EQ(esp.l4, L4::kOther);
  EXPECT_FALSE(esp.ipv6_extension);
}

TEST(ParseIpv6, IcmpOfTheOtherVersionIsOther) {
  EXPECT_EQ(parse_frame(ipv6_frame(kProtocolIcmp6, pattern(4))).l4, L4::kIcmp6);
  EXPECT_EQ(parse_frame(ipv6_frame(kProtocolIcmp, pattern(8))).l4, L4::kOther);
}

TEST(ParseIpv6, Errors) {
  const Bytes good = ipv6_frame(kProtocolUdp, udp(pattern(10)));
  Bytes frame = good;
  frame.resize(53);
  EXPECT_EQ(parse_frame(frame).error, ParseError::kTruncatedIp);
  frame = good;
  frame[14] = 0x45;
  EXPECT_EQ(parse_frame(frame).error, ParseError::kBadIpVersion);
  frame = good;
  frame[19] = 19;  // payload length 19 of 18
  EXPECT_EQ(parse_frame(frame).error, ParseError::kIpLengthBeyondFrame);
  frame[19] = 0;  // a jumbogram's length is not looked for
  EXPECT_EQ(parse_frame(frame).error, ParseError::kTruncatedL4);
  EXPECT_TRUE(parse_frame(frame, IpLength::kIgnore).ok());
  EXPECT_EQ(parse_frame(ipv6_frame(kProtocolIcmp6, pattern(3))).error, ParseError::kTruncatedL4);
}

TEST(ParseIpv6, ExtensionHeadersStayInsideTheIpPacket) {
  for (const uint8_t type : {kIpv6HopByHop, kIpv6Routing, kIpv6Fragment, kIpv6Authentication}) {
    // Padding behind the packet must not be taken for the header.
    const Parsed cut = parse_frame(ipv6_frame(type, Bytes(7)) + Bytes(40));
    EXPECT_EQ(cut.error, ParseError::kTruncatedExtension) << int(type);
    EXPECT_EQ(cut.l3_header_bytes, 40);
    EXPECT_EQ(cut.l4_offset, 0);
  }
  Bytes long_options = options(kProtocolUdp, 1);
  long_options.pop_back();
  EXPECT_EQ(parse_frame(ipv6_frame(kIpv6HopByHop, long_options) + Bytes(40)).error,
            ParseError::kTruncatedExtension);
  EXPECT_EQ(parse_frame(ipv6_frame(kIpv6HopByHop, options(kIpv6Routing))).error,
            ParseError::kTruncatedExtension);
}

TEST(ParseIpv6, LimitsTheNumberOfExtensionHeaders) {
  for (const unsigned count : {kMaxExtensionHeaders, kMaxExtensionHeaders + 1}) {
    Bytes chain;
    for (unsigned i = 1; i < count; ++i) chain = chain + options(kIpv6DestinationOptions);
    chain = chain + options(kProtocolUdp);
    const Parsed parsed = parse_frame(ipv6_frame(kIpv6DestinationOptions, chain + udp(pattern(1))));
    EXPECT_EQ(parsed.error, count > kMaxExtensionHeaders ? ParseError::kHeadersTooLong : ParseError::kNone);
  }
}

TEST(ParseIpv6, OffsetsThatDoNotFitAreAnError) {
  Bytes chain;
  for (int i = 0; i < 3; ++i) chain = chain + options(kIpv6DestinationOptions, 255);
  chain = chain + options(kProtocolUdp, 255) + udp({});
  const Bytes packet = ipv6(kIpv6DestinationOptions, chain);
  EXPECT_TRUE(parse_ip(Bytes(0xd000) + packet, 0xd000).ok());
  EXPECT_EQ(parse_ip(Bytes(0xe000) + packet, 0xe000).error, ParseError::kHeadersTooLong);
}

}  // namespace
}  // namespace pspnic::net::test
