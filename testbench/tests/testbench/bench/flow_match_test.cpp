// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/flow_match.h"

#include <gtest/gtest.h>

#include "testbench/tests/testbench/bench/psp_frames.h"

namespace pspnic::bench {
namespace {

// TCP from 192.0.2.1 port 20000 to 192.0.2.2 port 5001, of host A; with a VLAN tag if `vlan` is not 0.
bool matches(const std::string& flow, Side from = kA, uint16_t vlan = 0) {
  test::Bytes frame = test::clear_frame(test::payload_of(40));
  if (vlan > 0) {
    const uint8_t tag[] = {0x81, 0, static_cast<uint8_t>(0x60 | vlan >> 8), static_cast<uint8_t>(vlan)};
    frame.insert(frame.begin() + 12, std::begin(tag), std::end(tag));
  }
  const net::Parsed parsed = net::parse_frame(frame);
  return belongs_to(parse_flows("[" + flow + "]", "f")[0], from,
                    net::FlowKey::from_frame(frame, parsed).value(), parsed);
}

TEST(FlowMatchTest, NothingSaidIsEverything) {
  EXPECT_TRUE(matches("{}"));
  EXPECT_TRUE(matches("{}", kB));
  EXPECT_TRUE(matches("{}", kA, 5));
}

TEST(FlowMatchTest, AddressesAreThoseOfTheHostThatSends) {
  const std::string flow = R"({"a": "192.0.2.1", "b": "192.0.2.2"})";
  EXPECT_TRUE(matches(flow));
  EXPECT_FALSE(matches(flow, kB));
  EXPECT_TRUE(matches(R"({"a": "192.0.2.2", "b": "192.0.2.1"})", kB));
  EXPECT_FALSE(matches(R"({"a": "192.0.2.3"})"));
  EXPECT_FALSE(matches(R"({"b": "192.0.2.1"})"));
  EXPECT_FALSE(matches(R"({"a": "2001:db8::1"})")) << "the other family";
}

TEST(FlowMatchTest, PrefixesCountTheirBitsOnly) {
  EXPECT_TRUE(matches(R"({"a": "192.0.2.0/31"})"));
  EXPECT_FALSE(matches(R"({"a": "192.0.2.2/31"})"));
  EXPECT_TRUE(matches(R"({"a": "192.0.0.0/16", "b": "128.0.0.0/1"})"));
  EXPECT_FALSE(matches(R"({"a": "0.0.0.0/1"})"));
}

TEST(FlowMatchTest, ProtocolAndPorts) {
  EXPECT_TRUE(matches(R"({"protocol": "tcp", "a_port": 20000, "b_port": 5001})"));
  EXPECT_FALSE(matches(R"({"protocol": "udp"})"));
  EXPECT_FALSE(matches(R"({"protocol": "tcp", "a_port": 20001})"));
  EXPECT_FALSE(matches(R"({"protocol": "tcp", "b_port": 20000})"));
}

TEST(FlowMatchTest, VlanWithoutItsPriority) {
  EXPECT_TRUE(matches(R"({"vlan": 0})"));
  EXPECT_FALSE(matches(R"({"vlan": 0})", kA, 300));
  EXPECT_TRUE(matches(R"({"vlan": 300})", kA, 300));
  EXPECT_FALSE(matches(R"({"vlan": 300})", kA, 301));
  EXPECT_FALSE(matches(R"({"vlan": 300})"));
}

}  // namespace
}  // namespace pspnic::bench
