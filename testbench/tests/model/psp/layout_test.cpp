// SPDX-License-Identifier: Apache-2.0
#include "model/psp/layout.h"

#include <gtest/gtest.h>

#include <vector>

namespace pspnic::psp {
namespace {

std::vector<uint8_t> packet(size_t bytes, Version version, uint8_t hdr_ext_len, uint8_t crypt_offset,
                            bool cookie = false) {
  Header header;
  header.version = static_cast<uint8_t>(version);
  header.hdr_ext_len = hdr_ext_len;
  header.crypt_offset = crypt_offset;
  header.vc_present = cookie;
  std::vector<uint8_t> result(bytes);
  encode_header(header, result.data());
  return result;
}

TEST(Layout, HeaderAndIcvAloneAreAPacket) {
  const auto least = packet(kMinPacketBytes, Version::kAesGcm128, 1, 0);
  const Layout whole = layout(least);
  ASSERT_TRUE(whole.valid());
  EXPECT_EQ(whole.aad_bytes, kHeaderBytes);
  EXPECT_EQ(whole.text_bytes, 0u);
  EXPECT_EQ(layout(std::span(least).first(kMinPacketBytes - 1)).broken, Reason::kTooShort);
}

TEST(Layout, CryptOffsetExposesUpToThePayloadsEnd) {
  const Layout layout_5 = layout(packet(kMinPacketBytes + 20, Version::kAesGcm256, 1, 5));
  ASSERT_TRUE(layout_5.valid());
  EXPECT_EQ(layout_5.aad_bytes, kHeaderBytes + 20);
  EXPECT_EQ(layout_5.text_bytes, 0u);
  EXPECT_EQ(layout(packet(kMinPacketBytes + 19, Version::kAesGcm256, 1, 5)).broken,
            Reason::kCryptOffsetBeyondPayload);
}

TEST(Layout, GmacAuthenticatesAllAndIgnoresCryptOffset) {
  const Layout all = layout(packet(kMinPacketBytes + 19, Version::kAesGmac128, 1, 5));
  ASSERT_TRUE(all.valid());
  EXPECT_EQ(all.aad_bytes, kHeaderBytes + 19);
  EXPECT_EQ(all.text_bytes, 0u);
}

TEST(Layout, ExtensionsLieInFrontOfTheIcv) {
  EXPECT_TRUE(layout(packet(kMinPacketBytes + 8, Version::kAesGcm128, 2, 0)).valid());
  EXPECT_EQ(layout(packet(kMinPacketBytes + 7, Version::kAesGcm128, 2, 0)).broken,
            Reason::kHeaderBeyondPayload);
  EXPECT_EQ(layout(packet(kMinPacketBytes + 64, Version::kAesGcm128, 0, 0)).broken, Reason::kHeaderTooShort);
}

TEST(Layout, ACookieNeedsRoomInTheHeader) {
  EXPECT_EQ(layout(packet(kMinPacketBytes + 64, Version::kAesGcm128, 1, 0, true)).broken,
            Reason::kCookieOutsideHeader);
  EXPECT_TRUE(layout(packet(kMinPacketBytes + 64, Version::kAesGcm128, 2, 0, true)).valid());
}

TEST(Header, SetVersionLeavesTheRestAlone) {
  uint8_t psp[kHeaderBytes] = {6, 1, 0xff, 0xff};
  set_version_field(psp, Version::kAesGmac128);
  EXPECT_EQ(psp[3], 0xc3 | 2 << 2);
  EXPECT_EQ(version_field(psp), 2);
}

}  // namespace
}  // namespace pspnic::psp
