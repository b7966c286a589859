// SPDX-License-Identifier: Apache-2.0
#include "model/net/unparsed_ip.h"

#include <gtest/gtest.h>

#include <random>

#include "testbench/tests/model/net/frames.h"

namespace pspnic::net {
namespace {

using namespace test;
constexpr uint16_t kVlan = kEtherTypeVlan;

UnparsedIp look(const Bytes& frame) {
  const Bytes exact = frame;  // on the heap, so that a sanitizer sees each byte read behind its end
  return unparsed_ip(exact, parse_frame(exact));
}

Bytes packet() {
  return ipv4(kProtocolTcp, tcp(pattern(40)));
}

Bytes snap(uint16_t type, uint8_t oui_end = 0) {
  return Bytes{0xaa, 0xaa, 3, 0, 0, oui_end} + be16(type);
}

// An 802.3 frame: the length, then LLC.
Bytes length_frame(const Bytes& content) {
  return ethernet(static_cast<uint16_t>(content.size())) + content;
}

TEST(UnparsedIp, WhatWasParsedIsNoMatterOfIt) {
  EXPECT_EQ(look(ipv4_frame(kProtocolTcp, tcp(pattern(40)))), UnparsedIp::kNone);
  EXPECT_EQ(look(ipv6_frame(kProtocolTcp, tcp(pattern(40)))), UnparsedIp::kNone);
  EXPECT_EQ(look(ethernet(kEtherTypeIpv4, {{kVlan, 1}, {kVlan, 2}}) + packet()), UnparsedIp::kNone);
}

TEST(UnparsedIp, MalformedHeaders) {
  Bytes bytes = ipv4_frame(kProtocolTcp, tcp(pattern(40)));
  bytes[14] = 0x44;
  EXPECT_EQ(look(bytes), UnparsedIp::kPossible) << "IHL 4";
  bytes[14] = 0x65;
  EXPECT_EQ(look(bytes), UnparsedIp::kPossible) << "another version";
  bytes[14] = 0x4f;
  bytes.resize(14 + 40);
  EXPECT_EQ(look(bytes), UnparsedIp::kPossible) << "options beyond the frame";
  EXPECT_EQ(look(ethernet(kEtherTypeIpv6, {{kVlan, 1}}) + pattern(39)), UnparsedIp::kPossible);
}

TEST(UnparsedIp, BehindAnyNumberOfTags) {
  Bytes frame = ethernet(kEtherTypeIpv4, {{kVlan, 1}, {kEtherTypeServiceVlan, 2}, {kVlan, 3}}) + packet();
  EXPECT_EQ(look(frame), UnparsedIp::kPossible);
  for (int i = 0; i < 20; ++i) {
    const Bytes tag{0x92, 0, 0, 1};
    frame.insert(frame.begin() + 16, tag.begin(), tag.end());
  }
  EXPECT_EQ(look(frame), UnparsedIp::kPossible);
  EXPECT_EQ(look(ethernet(kEtherTypeIpv4, {{kVlan, 1}, {0x9100, 2}}) + packet()), UnparsedIp::kPossible);
  for (const uint16_t type : {uint16_t{0x9100}, uint16_t{0x9200}}) {
    EXPECT_EQ(look(ethernet(kEtherTypeIpv6, {{type, 1}}) + packet()), UnparsedIp::kOtherTag);
  }
  EXPECT_EQ(look(ethernet(kEtherTypeArp, {{kVlan, 1}, {kVlan, 2}, {kVlan, 3}}) + packet()),
            UnparsedIp::kNone);
  EXPECT_EQ(look(ethernet(kVlan, {{kVlan, 1}, {kVlan, 2}})), UnparsedIp::kNone) << "ends inside a tag";
}

TEST(UnparsedIp, InLlc) {
  EXPECT_EQ(look(length_frame(snap(kEtherTypeIpv4) + packet())), UnparsedIp::kPossible);
  EXPECT_EQ(look(length_frame(snap(kEtherTypeIpv6) + packet())), UnparsedIp::kPossible);
  EXPECT_EQ(look(length_frame(snap(kEtherTypeIpv4, 0xf8) + packet())), UnparsedIp::kPossible);
  EXPECT_EQ(look(ethernet(8, {{kVlan, 1}}) + snap(kEtherTypeIpv4)), UnparsedIp::kPossible);
  EXPECT_EQ(look(length_frame(Bytes{6, 6, 3} + packet())), UnparsedIp::kPossible) << "the SAP of IP";
  EXPECT_EQ(look(length_frame(snap(kVlan) + be16(1) + be16(kEtherTypeIpv4) + packet())),
            UnparsedIp::kOtherTag);
  EXPECT_EQ(look(length_frame(snap(kEtherTypeArp) + packet())), UnparsedIp::kNone);
  EXPECT_EQ(look(length_frame(snap(kEtherTypeIpv4, 0x0c) + packet())), UnparsedIp::kNone) << "of a vendor";
  EXPECT_EQ(look(length_frame(Bytes{0x42, 0x42, 3} + packet())), UnparsedIp::kNone) << "spanning tree";
  EXPECT_EQ(look(length_frame(Bytes{0xaa, 0xaa, 3, 0, 0, 0, 8})), UnparsedIp::kNone) << "ends inside SNAP";
  EXPECT_EQ(look(length_frame({6, 6})), UnparsedIp::kNone);
}

TEST(UnparsedIp, NoBytesOfAnyLengthHarmIt) {
  std::mt19937 random(3);
  const uint8_t likely[] = {0x81, 0x91, 0x92, 0x88, 0xa8, 0x08, 0x86, 0xdd, 0xaa, 3, 0, 6, 0x45};
  for (int i = 0; i < 20'000; ++i) {
    Bytes frame(random() % 70);
    for (uint8_t& byte : frame) byte = likely[random() % sizeof likely];
    (void)look(frame);
  }
}

}  // namespace
}  // namespace pspnic::net
