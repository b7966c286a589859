// SPDX-License-Identifier: Apache-2.0
#include "model/flow/flow_table.h"

#include "testbench/tests/model/flow/packets.h"

namespace pspnic::flow {
namespace {

using namespace test;
using FlowTableTest = TableTest;

TEST_F(FlowTableTest, AnEmptyTableCostsNothingAndFindsNothing) {
  EXPECT_TRUE(table_.empty());
  EXPECT_EQ(table_.cost().occupancy, 0u);
  EXPECT_EQ(table_.cost().latency, 0u);
  EXPECT_EQ(sa(sent(tcp_v4())), 0u);
}

TEST_F(FlowTableTest, EachFieldDecides) {
  ASSERT_EQ(table_.add(rule(exact_v4()), false).status, AddStatus::kAdded);
  const Bytes good = tcp_v4();
  EXPECT_EQ(sa(sent(good)), 1u);
  // Offsets of the last bytes of addresses, protocol and ports.
  for (const size_t offset : {29u, 33u, 23u, 35u, 37u}) {
    Bytes other = good;
    other[offset] = offset == 23 ? net::kProtocolUdp : static_cast<uint8_t>(other[offset] ^ 1);
    EXPECT_EQ(sa(sent(other)), 0u) << offset;
  }
  EXPECT_EQ(sa(sent(tcp_v6())), 0u) << "family";
}

TEST_F(FlowTableTest, VlanIdAndVportDecide) {
  Match match;
  match.vlan = 5;
  match.vport = 3;
  ASSERT_EQ(table_.add(rule(match), false).status, AddStatus::kAdded);
  const Bytes body = ipv4(net::kProtocolTcp, tcp(pattern(9)));
  const Bytes tagged = ethernet(net::kEtherTypeIpv4, {{0x8100, 0xe005}}) + body;
  EXPECT_EQ(sa(sent(tagged, 3)), 1u) << "whatever its priority";
  EXPECT_EQ(sa(sent(tagged, 2)), 0u);
  EXPECT_EQ(sa(sent(ethernet(net::kEtherTypeIpv4, {{0x8100, 6}}) + body, 3)), 0u);
  EXPECT_EQ(sa(sent(ethernet(net::kEtherTypeIpv4) + body, 3)), 0u);
  const Bytes two = ethernet(net::kEtherTypeIpv4, {{0x88a8, 5}, {0x8100, 9}}) + body;
  EXPECT_EQ(sa(sent(two, 3)), 1u) << "the outermost";
}

TEST_F(FlowTableTest, VlanZeroIsNoTag) {
  Match match;
  match.vlan = 0;
  table_.add(rule(match), false);
  const Bytes body = ipv4(net::kProtocolTcp, tcp(pattern(9)));
  EXPECT_EQ(sa(sent(ethernet(net::kEtherTypeIpv4) + body)), 1u);
  EXPECT_EQ(sa(sent(ethernet(net::kEtherTypeIpv4, {{0x8100, 7}}) + body)), 0u);
}

TEST_F(FlowTableTest, APrefixEndsAtItsLastBit) {
  for (const unsigned length : {8, 15, 16, 31, 32}) {
    const auto bits = static_cast<uint8_t>(length);
    table_.clear();
    Match match;
    match.family = 4;
    match.destination = v4("10.0.0.2");
    match.destination_bits = bits;
    table_.add(rule(match), false);
    Bytes frame = tcp_v4();
    EXPECT_EQ(sa(sent(frame)), 1u);
    const auto flip = [&frame](unsigned bit) {
      frame[30 + bit / 8] = static_cast<uint8_t>(frame[30 + bit / 8] ^ 0x80 >> bit % 8);
    };
    flip(bits - 1u);
    EXPECT_EQ(sa(sent(frame)), 0u) << "the last bit, of " << unsigned{bits};
    flip(bits - 1u);
    if (bits < 32) flip(bits);
    EXPECT_EQ(sa(sent(frame)), 1u) << "the bit behind, of " << unsigned{bits};
  }
}

TEST_F(FlowTableTest, MoreBitsWinThenAge) {
  Match wide;
  wide.family = 4;
  wide.source = v4("10.0.0.0");
  wide.source_bits = 8;
  Match other = wide;
  std::swap(other.source, other.destination);
  std::swap(other.source_bits, other.destination_bits);
  table_.add(rule(wide, 1), false);
  table_.add(rule(other, 2), false);
  EXPECT_EQ(sa(sent(tcp_v4())), 1u) << "of equal bits the older";
  const uint32_t id = table_.add(rule(exact_v4(), 3), false).id;
  EXPECT_EQ(sa(sent(tcp_v4())), 3u);
  EXPECT_TRUE(table_.remove(id));
  EXPECT_EQ(sa(sent(tcp_v4())), 1u);
}

TEST_F(FlowTableTest, ReceivedPacketsMatchReversed) {
  table_.add(rule(exact_v4()), false);
  EXPECT_EQ(sa(received(tcp_v4())), 0u);
  Match back = exact_v4();
  std::swap(back.source, back.destination);
  std::swap(back.source_port, back.destination_port);
  table_.add(rule(back, 2), false);
  EXPECT_EQ(sa(received(tcp_v4())), 2u);
  EXPECT_EQ(sa(sent(tcp_v4())), 1u);
}

TEST_F(FlowTableTest, AFragmentThatMayBeOfARuleIsUnclear) {
  table_.add(rule(exact_v4()), false);
  const auto fragment = [](uint8_t protocol) {
    return ethernet(net::kEtherTypeIpv4) + ipv4(protocol, pattern(48), {}, 0x0010);
  };
  EXPECT_EQ(sa(sent(fragment(net::kProtocolTcp))), 999u);
  EXPECT_EQ(sa(sent(fragment(net::kProtocolUdp))), 0u) << "another protocol";
  Bytes elsewhere = fragment(net::kProtocolTcp);
  elsewhere[33] ^= 1;
  EXPECT_EQ(sa(sent(elsewhere)), 0u) << "another address";
  Match wide;
  wide.family = 4;
  const uint32_t id = table_.add(rule(wide, 2), false).id;
  EXPECT_EQ(sa(sent(fragment(net::kProtocolTcp))), 2u) << "surely of this one";
  table_.remove(id);
  EXPECT_EQ(sa(sent(fragment(net::kProtocolTcp))), 999u);
  table_.clear();
  EXPECT_EQ(sa(sent(fragment(net::kProtocolTcp))), 0u);
}

TEST_F(FlowTableTest, EqualMatchesAreRefusedOrReplaced) {
  const Added first = table_.add(rule(exact_v4(), 1, 100), false);
  table_.counters(first.id)->tx_packets = 5;
  EXPECT_EQ(table_.add(rule(exact_v4(), 2), false).status, AddStatus::kExists);
  EXPECT_EQ(sa(sent(tcp_v4())), 1u);
  const Added second = table_.add(rule(exact_v4(), 2, 200), true);
  EXPECT_EQ(second.status, AddStatus::kReplaced);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(table_.counters(first.id)->tx_packets, 5u);
  EXPECT_EQ(sa(sent(tcp_v4())), 2u);
  EXPECT_FALSE(table_.accepts(100));
  EXPECT_TRUE(table_.accepts(200));
  EXPECT_EQ(table_.size(), 1u);
}

TEST_F(FlowTableTest, CapacityAndMasksAreBounded) {
  Match match;
  match.protocol = net::kProtocolTcp;
  for (uint16_t port = 0; port < 8; ++port) {
    match.source_port = port;
    EXPECT_EQ(table_.add(rule(match), false).status, AddStatus::kAdded);
  }
  match.source_port = 8;
  EXPECT_EQ(table_.add(rule(match), false).status, AddStatus::kFull);
  table_.clear();
  EXPECT_TRUE(table_.empty());
  match = {};
  match.family = 4;
  for (uint8_t bits = 0; bits < 4; ++bits) {
    match.source_bits = bits;
    EXPECT_EQ(table_.add(rule(match), false).status, AddStatus::kAdded);
    EXPECT_EQ(table_.cost().occupancy, bits + 1u);
    EXPECT_EQ(table_.cost().latency, bits + 11u);
  }
  match.source_bits = 4;
  EXPECT_EQ(table_.add(rule(match), false).status, AddStatus::kTooManyMasks);
}

TEST_F(FlowTableTest, AnIdEndsWithItsRule) {
  const uint32_t id = table_.add(rule(exact_v4()), false).id;
  EXPECT_NE(table_.rule(id), nullptr);
  EXPECT_TRUE(table_.remove(id));
  EXPECT_FALSE(table_.remove(id));
  EXPECT_EQ(table_.rule(id), nullptr);
  EXPECT_EQ(table_.counters(id), nullptr);
  const uint32_t next = table_.add(rule(exact_v4()), false).id;
  EXPECT_NE(next, id);
  EXPECT_EQ(table_.counters(id), nullptr);
  EXPECT_EQ(*table_.counters(next), Counters{});
  EXPECT_EQ(table_.rule(0xffffffff), nullptr);
}

TEST_F(FlowTableTest, AnSpiIsAcceptedAsLongAsARuleNamesIt) {
  Match other = exact_v4();
  other.source_port = 1;
  const uint32_t first = table_.add(rule(exact_v4(), 1, 77), false).id;
  const uint32_t second = table_.add(rule(other, 1, 77), false).id;
  EXPECT_TRUE(table_.accepts(77));
  EXPECT_FALSE(table_.accepts(0));
  table_.remove(first);
  EXPECT_TRUE(table_.accepts(77));
  table_.remove(second);
  EXPECT_FALSE(table_.accepts(77));
}

TEST_F(FlowTableTest, AnEncapsulationBelongsToSlotAndTag) {
  Encapsulation how;
  how.crypt_offset = 3;
  table_.set_encapsulation({4, 7}, how);
  ASSERT_NE(table_.encapsulation({4, 7}), nullptr);
  EXPECT_EQ(*table_.encapsulation({4, 7}), how);
  EXPECT_EQ(table_.encapsulation({4, 8}), nullptr);
  EXPECT_EQ(table_.encapsulation({5, 7}), nullptr);
  EXPECT_EQ(table_.longest_overhead(), 40u);
  how.mode = Encapsulation::Mode::kTunnelV6;
  table_.set_encapsulation({5, 7}, how);
  EXPECT_EQ(table_.longest_overhead(), 80u);
  table_.remove_encapsulation(5);
  EXPECT_EQ(table_.longest_overhead(), 40u);
  table_.keep_encapsulations([](uint32_t index) { return index != 4; });
  EXPECT_EQ(table_.encapsulation({4, 7}), nullptr);
  EXPECT_EQ(table_.longest_overhead(), 0u);
}

}  // namespace
}  // namespace pspnic::flow
