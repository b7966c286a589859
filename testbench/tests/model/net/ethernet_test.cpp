// SPDX-License-Identifier: Apache-2.0
#include "model/net/ethernet.h"

#include <gtest/gtest.h>

namespace pspnic::net {
namespace {

TEST(MacAddress, ParsesBothSeparatorsAndPrintsLowerCase) {
  const auto colons = MacAddress::parse("02:aB:00:ff:10:9C");
  ASSERT_TRUE(colons);
  EXPECT_EQ(colons->bytes, (std::array<uint8_t, 6>{0x02, 0xab, 0x00, 0xff, 0x10, 0x9c}));
  EXPECT_EQ(colons->print(), "02:ab:00:ff:10:9c");
  EXPECT_EQ(MacAddress::parse("02-ab-00-ff-10-9c"), colons);
}

TEST(MacAddress, RejectsEverythingElse) {
  for (const char* text :
       {"", "02:00:00:00:00", "02:00:00:00:00:01:", "02:00:00:00:00:1", "02:00:00:00:00:0g", "020000000001",
        "02:00-00:00:00:01", "02.00.00.00.00.01", " 2:00:00:00:00:01", "02:00:00:00:00:01 "}) {
    EXPECT_FALSE(MacAddress::parse(text)) << text;
  }
}

TEST(MacAddress, KnowsGroups) {
  EXPECT_TRUE(MacAddress::parse("ff:ff:ff:ff:ff:ff")->is_broadcast());
  EXPECT_TRUE(MacAddress::parse("ff:ff:ff:ff:ff:ff")->is_multicast());
  EXPECT_TRUE(MacAddress::parse("01:00:5e:00:00:01")->is_multicast());
  EXPECT_FALSE(MacAddress::parse("01:00:5e:00:00:01")->is_broadcast());
  EXPECT_FALSE(MacAddress::parse("02:00:00:00:00:01")->is_multicast());
  EXPECT_TRUE(MacAddress{}.is_zero());
  EXPECT_FALSE(MacAddress::broadcast().is_zero());
}

TEST(MacAddress, OrdersAndMoves) {
  const std::array<uint8_t, 14> frame = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x00};
  EXPECT_EQ(ethernet_destination(frame.data()).print(), "01:02:03:04:05:06");
  EXPECT_EQ(ethernet_source(frame.data()).print(), "07:08:09:0a:0b:0c");
  EXPECT_LT(ethernet_destination(frame.data()), ethernet_source(frame.data()));
  std::array<uint8_t, 6> bytes{};
  ethernet_source(frame.data()).store(bytes.data());
  EXPECT_EQ(bytes, (std::array<uint8_t, 6>{7, 8, 9, 10, 11, 12}));
}

TEST(Vlan, TakesTheTciApart) {
  EXPECT_EQ(vlan_id(0xb123), 0x123);
  EXPECT_EQ(vlan_priority(0xb123), 5);
  EXPECT_TRUE(is_vlan_ether_type(0x8100));
  EXPECT_TRUE(is_vlan_ether_type(0x88a8));
  EXPECT_FALSE(is_vlan_ether_type(0x0800));
}

}  // namespace
}  // namespace pspnic::net
