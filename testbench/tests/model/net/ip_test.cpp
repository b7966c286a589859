// SPDX-License-Identifier: Apache-2.0
// Header fields against bytes written down by hand.
#include <gtest/gtest.h>

#include "testbench/tests/model/net/frames.h"

namespace pspnic::net::test {
namespace {

TEST(Ipv4, WritesAHeaderAsWrittenByHand) {
  std::array<uint8_t, 20> header{};
  write_ipv4_header(header.data(), {.source = ipv4_address("192.168.0.1"),
                                    .destination = ipv4_address("192.168.0.199"),
                                    .total_length = 0x73,
                                    .id = 0,
                                    .tos = 0,
                                    .ttl = 64,
                                    .protocol = kProtocolUdp});
  // Sum of the words without checksum: 4500+0073+4000+4011+c0a8+0001+c0a8+00c7 = 2479c, folded 479e, inverted
  // b861.
  EXPECT_EQ(header, (std::array<uint8_t, 20>{0x45, 0,    0,    0x73, 0,    0,    0x40, 0,    0x40, 0x11,
                                             0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7}));
}

TEST(Ipv4, ReadsEveryField) {
  const std::array<uint8_t, 20> header = {0x4f, 0x2e, 0x12, 0x34, 0xab, 0xcd, 0x20, 0x05, 0x3f, 0x84,
                                          0xbe, 0xef, 1,    2,    3,    4,    5,    6,    7,    8};
  EXPECT_EQ(ip_version(header.data()), 4);
  EXPECT_EQ(ipv4_header_bytes(header.data()), 60U);
  EXPECT_EQ(ipv4_tos(header.data()), 0x2e);
  EXPECT_EQ(ipv4_total_length(header.data()), 0x1234);
  EXPECT_EQ(ipv4_id(header.data()), 0xabcd);
  EXPECT_EQ(ipv4_fragment_field(header.data()), kIpv4MoreFragments | 5);
  EXPECT_EQ(ipv4_ttl(header.data()), 0x3f);
  EXPECT_EQ(ipv4_protocol(header.data()), kProtocolSctp);
  EXPECT_EQ(ipv4_checksum(header.data()), 0xbeef);
  EXPECT_EQ(ipv4_source(header.data()), 0x01020304U);
  EXPECT_EQ(ipv4_destination(header.data()), 0x05060708U);
}

TEST(Ipv6, WritesAndReadsEveryField) {
  std::array<uint8_t, 40> header{};
  write_ipv6_header(header.data(), {.source = ipv6_address("2001:db8::1"),
                                    .destination = ipv6_address("2001:db8::2"),
                                    .flow_label = 0xabcde,
                                    .payload_length = 0x1234,
                                    .traffic_class = 0xb9,
                                    .next_header = kProtocolTcp,
                                    .hop_limit = 63});
  const std::array<uint8_t, 8> first = {0x6b, 0x9a, 0xbc, 0xde, 0x12, 0x34, 6, 63};
  EXPECT_TRUE(std::equal(first.begin(), first.end(), header.begin()));
  EXPECT_EQ(ip_version(header.data()), 6);
  EXPECT_EQ(ipv6_traffic_class(header.data()), 0xb9);
  EXPECT_EQ(ipv6_flow_label(header.data()), 0xabcdeU);
  EXPECT_EQ(ipv6_payload_length(header.data()), 0x1234);
  EXPECT_EQ(ipv6_next_header(header.data()), kProtocolTcp);
  EXPECT_EQ(ipv6_hop_limit(header.data()), 63);
  EXPECT_EQ(ipv6_source(header.data())[15], 1);
  EXPECT_EQ(ipv6_destination(header.data())[15], 2);
}

TEST(Ipv6, ExtensionLengthsFollowTheirOwnRules) {
  const std::array<uint8_t, 2> extension = {0, 3};
  EXPECT_EQ(ipv6_extension_bytes(kIpv6HopByHop, extension.data()), 32U);
  EXPECT_EQ(ipv6_extension_bytes(kIpv6Authentication, extension.data()), 20U);
  EXPECT_EQ(ipv6_extension_bytes(kIpv6Fragment, extension.data()), 8U);
  unsigned count = 0;
  for (unsigned type = 0; type < 256; ++type) count += is_ipv6_extension(uint8_t(type)) ? 1 : 0;
  EXPECT_EQ(count, 8U);
  EXPECT_FALSE(is_ipv6_extension(kProtocolEsp));
  EXPECT_FALSE(is_ipv6_extension(kProtocolNone));
}

TEST(Udp, WritesAndReadsEveryField) {
  std::array<uint8_t, 8> header{};
  write_udp_header(header.data(), 0x9c41, 1000, 0x0102, 0xa0b0);
  EXPECT_EQ(header, (std::array<uint8_t, 8>{0x9c, 0x41, 0x03, 0xe8, 0x01, 0x02, 0xa0, 0xb0}));
  EXPECT_EQ(udp_source_port(header.data()), 0x9c41);
  EXPECT_EQ(udp_destination_port(header.data()), 1000);
  EXPECT_EQ(udp_length(header.data()), 0x0102);
  EXPECT_EQ(udp_checksum(header.data()), 0xa0b0);
}

TEST(Tcp, WritesAndReadsEveryField) {
  std::array<uint8_t, 20> header{};
  write_tcp_header(header.data(), {.source_port = 0x1122,
                                   .destination_port = 0x3344,
                                   .sequence = 0x55667788,
                                   .ack = 0x99aabbcc,
                                   .window = 0xddee,
                                   .flags = kTcpCwr | kTcpPsh | kTcpAck | kTcpFin,
                                   .header_bytes = 32});
  EXPECT_EQ(header, (std::array<uint8_t, 20>{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,
                                             0xbb, 0xcc, 0x80, 0x99, 0xdd, 0xee, 0,    0,    0,    0}));
  EXPECT_EQ(tcp_source_port(header.data()), 0x1122);
  EXPECT_EQ(tcp_destination_port(header.data()), 0x3344);
  EXPECT_EQ(tcp_sequence(header.data()), 0x55667788U);
  EXPECT_EQ(tcp_ack(header.data()), 0x99aabbccU);
  EXPECT_EQ(tcp_header_bytes(header.data()), 32U);
  EXPECT_EQ(tcp_flags(header.data()), 0x99);
  EXPECT_EQ(tcp_window(header.data()), 0xddee);
}

}  // namespace
}  // namespace pspnic::net::test
