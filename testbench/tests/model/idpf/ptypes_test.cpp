// SPDX-License-Identifier: Apache-2.0
#include "model/idpf/ptypes.h"

#include <gtest/gtest.h>

#include <set>

#include "testbench/tests/model/idpf/images.h"

namespace pspnic::idpf {
namespace {

TEST(Ptypes, FoundByLayersAndFragment) {
  using enum PtypeL3;
  EXPECT_EQ(find_ptype(kNone, PtypeL4::kNone), 1);
  EXPECT_EQ(find_ptype(kNone, PtypeL4::kTcp), 1);
  EXPECT_EQ(find_ptype(kIpv4, PtypeL4::kNone), 23);
  EXPECT_EQ(find_ptype(kIpv4, PtypeL4::kUdp), 24);
  EXPECT_EQ(find_ptype(kIpv4, PtypeL4::kTcp), 26);
  EXPECT_EQ(find_ptype(kIpv4, PtypeL4::kSctp), 27);
  EXPECT_EQ(find_ptype(kIpv4, PtypeL4::kIcmp), 28);
  EXPECT_EQ(find_ptype(kIpv4, PtypeL4::kPsp), 29);
  EXPECT_EQ(find_ptype(kIpv6, PtypeL4::kNone), 89);
  EXPECT_EQ(find_ptype(kIpv6, PtypeL4::kUdp), 90);
  EXPECT_EQ(find_ptype(kIpv6, PtypeL4::kTcp), 92);
  EXPECT_EQ(find_ptype(kIpv6, PtypeL4::kSctp), 93);
  EXPECT_EQ(find_ptype(kIpv6, PtypeL4::kIcmp), 94);
  EXPECT_EQ(find_ptype(kIpv6, PtypeL4::kPsp), 95);
  for (const PtypeL4 l4 : {PtypeL4::kNone, PtypeL4::kUdp, PtypeL4::kPsp}) {
    EXPECT_EQ(find_ptype(kIpv4, l4, PtypeFragment::kFragment), 22);
    EXPECT_EQ(find_ptype(kIpv6, l4, PtypeFragment::kFragment), 88);
  }
}

TEST(Ptypes, EachHasOneIdAndEndsInPayload) {
  std::set<uint16_t> ids;
  for (const Ptype& ptype : all_ptypes()) {
    EXPECT_TRUE(ids.insert(ptype.id).second) << ptype.id;
    EXPECT_LT(ptype.id, 256) << ptype.id;
    EXPECT_EQ(ptype.protocol_ids().front(), kProtocolMac) << ptype.id;
    EXPECT_EQ(ptype.protocol_ids().back(), kProtocolPay) << ptype.id;
    EXPECT_EQ(ptype_info(ptype.id), &ptype);
  }
  EXPECT_EQ(ptype_info(2), nullptr);
}

TEST(Ptypes, PlainTableHasNoPspProtocol) {
  EXPECT_EQ(plain_ptypes().size(), 13u);
  for (const Ptype& ptype : plain_ptypes()) EXPECT_NE(ptype.l4, PtypeL4::kPsp) << ptype.id;
  EXPECT_EQ(ptype_info(29)->protocols[3], 0x8025);
}

TEST(PtypeMessage, EntriesArePackedBackToBack) {
  std::vector<uint8_t> message(64, 0xEE);
  size_t offset = sizeof(GetPtypeInfo);
  for (const uint16_t id : {uint16_t{1}, uint16_t{26}}) {
    ASSERT_TRUE(
        append_ptype_entry(message, offset, id, static_cast<uint8_t>(id), ptype_info(id)->protocol_ids()));
  }
  ASSERT_TRUE(append_ptype_terminator(message, offset));
  EXPECT_EQ(offset, 8u + 10 + 14 + 6);
  EXPECT_EQ((std::vector<uint8_t>(message.begin() + 8, message.begin() + 38)),
            hex("01 00 01 02 00 00 02 00 22 00"
                "1a 00 1a 04 00 00 02 00 13 00 19 00 22 00"
                "ff ff 00 00 00 00"));
  EXPECT_EQ(message[38], 0xEE);
}

TEST(PtypeMessage, EntryThatDoesNotFitIsNotBegun) {
  std::vector<uint8_t> message(15, 0xEE);
  size_t offset = 6;
  EXPECT_FALSE(append_ptype_entry(message, offset, 1, 1, ptype_info(1)->protocol_ids()));
  EXPECT_EQ(offset, 6u);
  EXPECT_EQ(message, std::vector<uint8_t>(15, 0xEE));
}

// All types and the terminator in one reply, as drivers accept it.
TEST(PtypeMessage, WholeTableFitsOneMessage) {
  std::vector<uint8_t> message(4096);
  size_t offset = sizeof(GetPtypeInfo);
  for (const Ptype& ptype : all_ptypes()) {
    ASSERT_TRUE(
        append_ptype_entry(message, offset, ptype.id, static_cast<uint8_t>(ptype.id), ptype.protocol_ids()));
  }
  ASSERT_TRUE(append_ptype_terminator(message, offset));
  // 1 of 2, 4 of 3, 8 of 4, 2 of 5 protocols, terminator
  EXPECT_EQ(offset, 8u + 10 + 4 * 12 + 8 * 14 + 2 * 16 + 6);
}

}  // namespace
}  // namespace pspnic::idpf
