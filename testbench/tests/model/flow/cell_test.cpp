// SPDX-License-Identifier: Apache-2.0
#include "model/flow/cell.h"

#include "testbench/tests/model/flow/packets.h"

namespace pspnic::flow {
namespace {

using namespace test;

std::optional<Headers> headers(const Bytes& frame) {
  return headers_of(frame, net::parse_frame(frame), 0);
}

TEST(CellTest, ReversingTwiceGivesTheSame) {
  const auto one = headers(tcp_v6());
  ASSERT_TRUE(one);
  EXPECT_NE(one->reversed().cell, one->cell);
  EXPECT_EQ(one->reversed().reversed().cell, one->cell);
}

TEST(CellTest, WhatIsNotIpHasNoHeaders) {
  for (const uint16_t type : {net::kEtherTypeArp, uint16_t{0x8847}, uint16_t{0x8864}}) {
    EXPECT_FALSE(headers(ethernet(type) + pattern(46))) << "ARP, MPLS, PPPoE: " << type;
  }
}

TEST(CellTest, WhatOnlyAnotherReceiverReadsAsIpLacksAllThatIpSays) {
  using Lacks = Headers::Lacks;
  const auto broken = headers(ethernet(net::kEtherTypeIpv4, {{net::kEtherTypeVlan, 0x6005}}) + pattern(10));
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->lacks, Lacks::kAllOfIp);
  Match vlan;
  vlan.vlan = 5;
  EXPECT_EQ(broken->cell & mask_of(vlan), cell_of(vlan));
  const auto old_tag = headers(ethernet(net::kEtherTypeIpv4, {{0x9100, 5}}) + ipv4(6, tcp(pattern(40))));
  ASSERT_TRUE(old_tag);
  EXPECT_EQ(old_tag->lacks, Lacks::kAllButVport);
}

TEST(CellTest, AMaskHasTheBitsThatAreLookedAt) {
  Match match;
  EXPECT_FALSE(mask_of(match).any());
  match.family = 4;
  EXPECT_EQ(mask_of(match).bits(), 8u);
  match.source_bits = 13;
  EXPECT_EQ(mask_of(match).bits(), 8u + 13);
  match.vlan = 0;
  EXPECT_EQ(mask_of(match).bits(), 8u + 13 + 12);
  EXPECT_EQ(mask_of(exact_v4()).bits(), 8u + 64 + 8 + 32);
}

TEST(CellTest, BitsBeyondThePrefixDoNotCount) {
  Match match;
  match.family = 4;
  match.source = v4("10.1.255.255");
  match.source_bits = 15;
  Match same = match;
  same.source = v4("10.0.0.0");
  EXPECT_EQ(cell_of(match), cell_of(same));
  same.source_bits = match.source_bits = 16;
  EXPECT_NE(cell_of(match), cell_of(same));
}

TEST(CellTest, FragmentsAndTruncatedPacketsLackPorts) {
  using Lacks = Headers::Lacks;
  EXPECT_EQ(headers(tcp_v4())->lacks, Lacks::kNothing);
  const Bytes first = ethernet(net::kEtherTypeIpv4) + ipv4(net::kProtocolTcp, tcp(pattern(28)), {}, 0x2000);
  EXPECT_EQ(headers(first)->lacks, Lacks::kPorts);
  const Bytes later = ethernet(net::kEtherTypeIpv4) + ipv4(net::kProtocolTcp, pattern(48), {}, 0x0010);
  EXPECT_EQ(headers(later)->lacks, Lacks::kPorts);
  EXPECT_EQ(headers(ipv4_frame(net::kProtocolTcp, pattern(19)))->lacks, Lacks::kPorts);
  EXPECT_EQ(headers(ipv4_frame(1, pattern(19)))->lacks, Lacks::kNothing) << "ICMP has none";
  Bytes beyond = tcp_v4();
  beyond.resize(beyond.size() - 1);  // the IP packet claims more than there is
  EXPECT_EQ(headers(beyond)->lacks, Lacks::kProtocolAndPorts);
}

// The fragment header of a later fragment names what the first begins with.
TEST(CellTest, OfALaterIpv6FragmentBehindExtensionsNotEvenTheProtocolIsKnown) {
  using Lacks = Headers::Lacks;
  const auto fragment = [](uint8_t next) {
    return ipv6_frame(44, Bytes{next, 0, 0, 0x10, 0, 0, 0, 1} + pattern(32));
  };
  EXPECT_EQ(headers(fragment(60))->lacks, Lacks::kProtocolAndPorts);
  EXPECT_EQ(headers(fragment(net::kProtocolUdp))->lacks, Lacks::kPorts);
  EXPECT_EQ(headers(fragment(net::kProtocolIcmp6))->lacks, Lacks::kNothing);
}

}  // namespace
}  // namespace pspnic::flow
