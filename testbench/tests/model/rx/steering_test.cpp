// SPDX-License-Identifier: Apache-2.0
// Hashes are the published ones of Microsoft's "Verifying the RSS Hash Calculation".
#include "model/rx/steering.h"

#include <gtest/gtest.h>

#include "testbench/tests/model/net/frames.h"

namespace pspnic::rx {
namespace {

using idpf::RxCast;
using net::test::Bytes;
using net::test::operator+;

constexpr std::array<uint8_t, 52> kPublishedKey = {
    0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
    0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
    0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};
constexpr uint32_t kHashV4 = 0x323e8fc2;       // addresses
constexpr uint32_t kHashV4Ports = 0x51ccc178;  // and ports
constexpr uint32_t kHashV6 = 0x2cc18cd5;
constexpr uint32_t kHashV6Ports = 0x40207d3d;
constexpr uint64_t kAllTypes = 0xff;

Bytes ports(uint8_t protocol, size_t header_bytes) {
  Bytes header(header_bytes + 6, 0);
  const Bytes both = net::test::be16(2794) + net::test::be16(1766);
  std::copy(both.begin(), both.end(), header.begin());
  if (protocol == net::kProtocolTcp) header[12] = 0x50;
  if (protocol == net::kProtocolUdp) header[5] = static_cast<uint8_t>(header.size());
  return header;
}

Bytes v4_frame(uint8_t protocol, uint16_t fragment = 0) {
  const Bytes content = ports(protocol, 20);
  Bytes header(20);
  net::write_ipv4_header(header.data(), {.source = net::test::ipv4_address("66.9.149.187"),
                                         .destination = net::test::ipv4_address("161.142.100.80"),
                                         .total_length = static_cast<uint16_t>(20 + content.size()),
                                         .fragment = fragment,
                                         .protocol = protocol});
  return net::test::ethernet(net::kEtherTypeIpv4) + header + content;
}

Bytes v6_frame(uint8_t protocol) {
  const Bytes content = ports(protocol, 20);
  Bytes header(40);
  net::write_ipv6_header(header.data(), {.source = net::test::ipv6_address("3ffe:2501:200:1fff::7"),
                                         .destination = net::test::ipv6_address("3ffe:2501:200:3::1"),
                                         .payload_length = static_cast<uint16_t>(content.size()),
                                         .next_header = protocol});
  return net::test::ethernet(net::kEtherTypeIpv6) + header + content;
}

class SteeringTest : public testing::Test {
 protected:
  SteeringTest() {
    filter_.enabled = true;
    filter_.rss_key = kPublishedKey;
    filter_.rss_types = kAllTypes;
    filter_.addresses = {net::MacAddress{{2, 0, 0, 0, 0, 1}}, net::MacAddress{{0x33, 0x33, 0, 0, 0, 1}}};
  }
  Steering::Target steer(const Bytes& frame) {
    Steering steering;
    steering.configure(filter_);
    return steering.steer(frame, net::parse_frame(frame));
  }
  bool accepts(std::initializer_list<uint8_t> destination) {
    Bytes frame(60);
    std::copy(destination.begin(), destination.end(), frame.begin());
    Steering steering;
    steering.configure(filter_);
    return steering.accepts(frame, Steering::cast(frame));
  }
  VportFilter filter_;
};

TEST_F(SteeringTest, HashesAreThePublishedOnes) {
  for (const uint8_t protocol : {net::kProtocolTcp, net::kProtocolUdp}) {
    EXPECT_EQ(steer(v4_frame(protocol)).hash, kHashV4Ports);
    EXPECT_EQ(steer(v6_frame(protocol)).hash, kHashV6Ports);
  }
  EXPECT_EQ(steer(v4_frame(253)).hash, kHashV4);
  EXPECT_EQ(steer(v6_frame(253)).hash, kHashV6);
  EXPECT_EQ(steer(v4_frame(net::kProtocolTcp, 0x2000)).hash, kHashV4) << "a fragment has no ports";
}

TEST_F(SteeringTest, EachTypeHasItsBit) {
  struct Case {
    Bytes frame;
    unsigned bit;
  };
  for (const Case& each :
       {Case{v4_frame(6), 0}, Case{v4_frame(17), 1}, Case{v4_frame(132), 2}, Case{v4_frame(253), 3},
        Case{v6_frame(6), 4}, Case{v6_frame(17), 5}, Case{v6_frame(132), 6}, Case{v6_frame(253), 7}}) {
    filter_.rss_types = uint64_t{1} << each.bit;
    EXPECT_TRUE(steer(each.frame).hashed) << each.bit;
    filter_.rss_types = kAllTypes & ~filter_.rss_types;
    EXPECT_FALSE(steer(each.frame).hashed) << each.bit;
  }
}

TEST_F(SteeringTest, TheTableChoosesTheQueueByTheHashsRest) {
  filter_.default_queue = 9;
  EXPECT_EQ(steer(v4_frame(6)).queue, 9) << "no table";
  for (const uint32_t length : {1u, 64u, 100u, 128u}) {
    filter_.rss_queues.assign(length, 0);
    filter_.rss_queues[kHashV4Ports % length] = 7;
    EXPECT_EQ(steer(v4_frame(6)).queue, 7) << length;
    filter_.rss_queues[kHashV4Ports % length] = 3;
    EXPECT_EQ(steer(v4_frame(6)).queue, 3) << length;
  }
}

TEST_F(SteeringTest, WhatIsNotHashedGoesToTheDefaultQueue) {
  filter_.default_queue = 5;
  filter_.rss_queues.assign(64, 1);
  const Steering::Target arp = steer(net::test::ethernet(net::kEtherTypeArp) + Bytes(46, 1));
  EXPECT_EQ(arp.queue, 5);
  EXPECT_FALSE(arp.hashed);
  filter_.rss_types = 0;
  EXPECT_EQ(steer(v4_frame(6)).queue, 5);
}

TEST_F(SteeringTest, Addresses) {
  EXPECT_TRUE(accepts({2, 0, 0, 0, 0, 1}));
  EXPECT_FALSE(accepts({2, 0, 0, 0, 0, 2}));
  EXPECT_TRUE(accepts({0x33, 0x33, 0, 0, 0, 1}));
  EXPECT_FALSE(accepts({0x33, 0x33, 0, 0, 0, 2}));
  EXPECT_TRUE(accepts({0xff, 0xff, 0xff, 0xff, 0xff, 0xff})) << "without any filter";
  filter_.promiscuous_unicast = true;
  EXPECT_TRUE(accepts({2, 0, 0, 0, 0, 2}));
  EXPECT_FALSE(accepts({0x33, 0x33, 0, 0, 0, 2}));
  filter_.promiscuous_unicast = false;
  filter_.promiscuous_multicast = true;
  EXPECT_FALSE(accepts({2, 0, 0, 0, 0, 2}));
  EXPECT_TRUE(accepts({0x33, 0x33, 0, 0, 0, 2}));
  filter_.enabled = false;
  EXPECT_FALSE(accepts({2, 0, 0, 0, 0, 1}));
  EXPECT_FALSE(accepts({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
}

TEST_F(SteeringTest, NothingIsTakenBeforeTheFirstConfiguration) {
  const Steering steering;
  const Bytes frame(60, 0xff);
  EXPECT_FALSE(steering.accepts(frame, RxCast::kBroadcast));
}

TEST_F(SteeringTest, Casts) {
  EXPECT_EQ(Steering::cast(Bytes{2, 0, 0, 0, 0, 1}), RxCast::kUnicast);
  EXPECT_EQ(Steering::cast(Bytes{1, 0, 0, 0, 0, 1}), RxCast::kMulticast);
  EXPECT_EQ(Steering::cast(Bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}), RxCast::kMulticast);
  EXPECT_EQ(Steering::cast(Bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), RxCast::kBroadcast);
}

}  // namespace
}  // namespace pspnic::rx
