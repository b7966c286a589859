// SPDX-License-Identifier: Apache-2.0
#include "model/net/flow.h"

#include <gtest/gtest.h>

#include <unordered_set>

#include "testbench/tests/model/net/frames.h"

namespace pspnic::net::test {
namespace {

FlowKey key_of(const Bytes& frame) {
  const auto key = FlowKey::from_frame(frame, parse_frame(frame));
  EXPECT_TRUE(key);
  return key.value_or(FlowKey{});
}

TEST(FlowKey, ReadsIpv4AndIpv6) {
  const FlowKey v4 = key_of(ipv4_frame(kProtocolTcp, tcp(pattern(5))));
  EXPECT_FALSE(v4.is_v6);
  EXPECT_EQ(v4.protocol, kProtocolTcp);
  EXPECT_EQ(v4.source_port, 40001);
  EXPECT_EQ(v4.destination_port, 443);
  EXPECT_EQ(v4.print(), "6 10.0.0.1:40001 > 10.0.0.2:443");
  const FlowKey v6 = key_of(ipv6_frame(kProtocolUdp, udp(pattern(5))));
  EXPECT_TRUE(v6.is_v6);
  EXPECT_EQ(v6.source, ipv6_address("fd00::1"));
  EXPECT_EQ(v6.destination, ipv6_address("fd00::2"));
  EXPECT_EQ(v6.print(), "17 [fd00:0:0:0:0:0:0:1]:40001 > [fd00:0:0:0:0:0:0:2]:1000");
}

TEST(FlowKey, HasNoPortsForFragmentsAndOtherProtocols) {
  const Bytes first = ethernet(kEtherTypeIpv4) + ipv4(kProtocolUdp, udp(pattern(16)), {}, kIpv4MoreFragments);
  const Bytes later = ethernet(kEtherTypeIpv4) + ipv4(kProtocolUdp, pattern(16), {}, 3);
  EXPECT_EQ(key_of(first), key_of(later));
  EXPECT_EQ(key_of(first).source_port, 0);
  EXPECT_EQ(key_of(ipv4_frame(kProtocolEsp, pattern(30))).destination_port, 0);
  const Bytes cut = ipv4_frame(kProtocolUdp, pattern(7));
  EXPECT_EQ(key_of(cut).source_port, 0);
}

TEST(FlowKey, NoneWithoutIp) {
  const Bytes arp = ethernet(kEtherTypeArp) + pattern(46);
  EXPECT_FALSE(FlowKey::from_frame(arp, parse_frame(arp)));
}

TEST(FlowKey, ReversesToTheOtherDirection) {
  const FlowKey key = key_of(ipv6_frame(kProtocolUdp, udp(pattern(5), 1, 2)));
  EXPECT_EQ(key.reversed().source, key.destination);
  EXPECT_EQ(key.reversed().source_port, 2);
  EXPECT_NE(key.reversed(), key);
  EXPECT_EQ(key.reversed().reversed(), key);
}

TEST(FlowKey, HashSpreadsNeighbouringFlows) {
  std::unordered_set<uint64_t> hashes;
  std::array<unsigned, 64> buckets{};
  for (uint16_t port = 0; port < 4096; ++port) {
    FlowKey key;
    key.source[3] = uint8_t(port);
    key.source_port = uint16_t(port >> 8);
    key.destination_port = 443;
    EXPECT_TRUE(hashes.insert(key.hash()).second);
    ++buckets[key.hash() % buckets.size()];
  }
  // 64 on average with a standard deviation of 8.
  for (const unsigned count : buckets) EXPECT_NEAR(count, 64, 40);
}

TEST(FlowKey, HashDependsOnEveryField) {
  const FlowKey base = key_of(ipv6_frame(kProtocolUdp, udp(pattern(5))));
  std::unordered_set<FlowKey, FlowKeyHash> keys = {base};
  for (size_t i = 0; i < 16; ++i) {
    FlowKey key = base;
    key.source[i] ^= 1;
    keys.insert(key);
    key = base;
    key.destination[i] ^= 1;
    keys.insert(key);
  }
  FlowKey key = base;
  key.source_port ^= 1;
  keys.insert(key);
  key = base;
  key.destination_port ^= 1;
  keys.insert(key);
  key = base;
  key.protocol ^= 1;
  keys.insert(key);
  EXPECT_EQ(keys.size(), 36U);
  std::unordered_set<uint64_t> hashes;
  for (const FlowKey& each : keys) hashes.insert(each.hash());
  EXPECT_EQ(hashes.size(), 36U);
}

}  // namespace
}  // namespace pspnic::net::test
