// SPDX-License-Identifier: Apache-2.0
#include "model/flow/rule.h"

#include "testbench/tests/model/flow/packets.h"

namespace pspnic::flow {
namespace {

TEST(MatchTest, IsValidWithinItsFamily) {
  Match match;
  EXPECT_TRUE(valid(match)) << "anything";
  match.source_bits = 1;
  EXPECT_FALSE(valid(match)) << "a prefix needs a family";
  match.family = 4;
  match.source_bits = 32;
  match.destination_bits = 32;
  EXPECT_TRUE(valid(match));
  match.destination_bits = 33;
  EXPECT_FALSE(valid(match));
  match.family = 6;
  EXPECT_TRUE(valid(match));
  match.destination_bits = 128;
  EXPECT_TRUE(valid(match));
  match.destination_bits = 129;
  EXPECT_FALSE(valid(match));
  match.destination_bits = 0;
  match.family = 5;
  EXPECT_FALSE(valid(match));
}

TEST(MatchTest, PortsNeedAProtocolThatHasSome) {
  Match match;
  match.destination_port = 80;
  EXPECT_FALSE(valid(match));
  for (const unsigned protocol : {6, 17, 132}) {
    match.protocol = static_cast<uint8_t>(protocol);
    EXPECT_TRUE(valid(match)) << protocol;
  }
  for (const unsigned protocol : {0, 1, 4, 41, 58, 255}) {
    match.protocol = static_cast<uint8_t>(protocol);
    EXPECT_FALSE(valid(match)) << protocol;
  }
}

TEST(MatchTest, VlanIdsEndAt4094) {
  Match match;
  match.vlan = 4094;
  EXPECT_TRUE(valid(match));
  match.vlan = 4095;
  EXPECT_FALSE(valid(match));
}

TEST(EncapsulationTest, OverheadIsThatOfTheHeadersAndTheIcv) {
  Encapsulation how;
  EXPECT_EQ(how.overhead_bytes(), 40u);
  how.vc = 1;
  EXPECT_EQ(how.overhead_bytes(), 48u);
  how.mode = Encapsulation::Mode::kTunnelV4;
  EXPECT_EQ(how.overhead_bytes(), 68u);
  how.mode = Encapsulation::Mode::kTunnelV6;
  EXPECT_EQ(how.overhead_bytes(), 88u);
  how.vc.reset();
  EXPECT_EQ(how.overhead_bytes(), 80u);
}

TEST(EncapsulationTest, EveryFieldHasItsRange) {
  const Encapsulation good;
  EXPECT_TRUE(valid(good));
  Encapsulation how = good;
  how.crypt_offset = 63;
  EXPECT_TRUE(valid(how));
  how.crypt_offset = 64;
  EXPECT_FALSE(valid(how));
  how = good;
  how.first_port = how.last_port = 1;
  EXPECT_TRUE(valid(how));
  how.first_port = 2;
  EXPECT_FALSE(valid(how));
  how.first_port = 0;
  EXPECT_FALSE(valid(how));
  how = good;
  how.flow_label = 0xfffff;
  EXPECT_TRUE(valid(how));
  how.flow_label = 0x100000;
  EXPECT_FALSE(valid(how));
  how = good;
  how.mode = Encapsulation::Mode::kTunnelV6;
  how.ttl = 0;
  EXPECT_FALSE(valid(how)) << "it would not leave";
  for (const unsigned mode : {0, 4, 255}) {
    how = good;
    how.mode = static_cast<Encapsulation::Mode>(mode);
    EXPECT_FALSE(valid(how));
  }
}

}  // namespace
}  // namespace pspnic::flow
