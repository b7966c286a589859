// SPDX-License-Identifier: Apache-2.0
#include "testbench/vectors/applicable.h"

#include <gtest/gtest.h>

#include "model/base/config_error.h"

namespace pspnic::vectors {
namespace {

std::string rule(decltype(Case::work) work, Way way = Way::kLibrary, bool bare_aes = true) {
  return not_applicable({"", "", std::move(work)}, way, bare_aes);
}

Gcm gcm(size_t key, size_t iv, size_t tag, bool open) {
  Gcm made;
  made.key.resize(key);
  made.iv.resize(iv);
  made.tag.resize(tag);
  made.open = open;
  return made;
}

TEST(Applicable, GcmBySizes) {
  EXPECT_EQ(rule(gcm(16, 12, 16, true)), "");
  EXPECT_EQ(rule(gcm(32, 12, 4, false)), "") << "sealing: the first bytes of the tag are compared";
  EXPECT_EQ(rule(gcm(24, 12, 16, false)), "key of 192 bits: PSP has 128 and 256");
  EXPECT_EQ(rule(gcm(16, 16, 16, false)), "IV of 128 bits: PSP's nonce has 96");
  EXPECT_EQ(rule(gcm(16, 12, 15, true)), "tag of 120 bits to open: PSP's ICV has 128");
}

// A forged tag must be refused: no rule may take it out.
TEST(Applicable, ForgeriesAreRun) {
  Gcm forged = gcm(16, 12, 16, true);
  forged.valid = false;
  EXPECT_EQ(rule(forged), "");
  EXPECT_EQ(rule(forged, Way::kRtl, false), "");
}

TEST(Applicable, ByWay) {
  EXPECT_NE(rule(gcm(16, 12, 16, false), Way::kDevice), "");
  AesBlocks blocks;
  blocks.key.resize(16);
  EXPECT_EQ(rule(blocks), "");
  EXPECT_NE(rule(blocks, Way::kRtl, false), "");
  Gcm longer = gcm(16, 12, 16, false);
  longer.plaintext.resize(16384);
  EXPECT_EQ(rule(longer), "");
  EXPECT_NE(rule(longer, Way::kRtl, false), "");
  Derivation key;
  key.spi = 0x80000000;
  EXPECT_EQ(rule(key), "");
  EXPECT_NE(rule(key, Way::kDevice), "");
  EXPECT_EQ(rule(DescriptorImage{}), "");
  EXPECT_NE(rule(DescriptorImage{}, Way::kDevice), "");
  for (const Way way : {Way::kLibrary, Way::kDevice, Way::kRtl}) {
    EXPECT_EQ(rule(Seal{}, way), "");
    EXPECT_EQ(rule(Receive{}, way), "");
    EXPECT_EQ(rule(Segment{}, way), "");
    EXPECT_EQ(parse_way(name_of(way)), way);
  }
  EXPECT_THROW(parse_way("card"), base::ConfigError);
}

}  // namespace
}  // namespace pspnic::vectors
