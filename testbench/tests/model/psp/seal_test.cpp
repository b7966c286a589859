// SPDX-License-Identifier: Apache-2.0
#include "model/psp/seal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "testbench/tests/model/psp/engines.h"
#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::psp {
namespace {

using test::Bytes;

class SealTest : public test::EngineTest {};
PSPNIC_ON_EVERY_ENGINE(SealTest);

SessionKey key_of(Version version) {
  const Bytes bytes(key_bytes(version), 0x42);
  return SessionKey{bytes};
}

// A packet ready to be sealed, payload all 0xcc.
Bytes unsealed(Version version, size_t payload_bytes, uint8_t crypt_offset = 0) {
  Bytes packet(kMinPacketBytes + payload_bytes, 0xcc);
  Header header;
  header.next_header = 17;
  header.version = static_cast<uint8_t>(version);
  header.crypt_offset = crypt_offset;
  header.spi = 0x9a345678;
  header.iv = 1;
  encode_header(header, packet.data());
  return packet;
}

bool only_zero_behind_header(const Bytes& packet) {
  return std::all_of(packet.begin() + kHeaderBytes, packet.end(), [](uint8_t byte) { return byte == 0; });
}

// The smallest full example: nothing encrypted, ICV over the 24 bytes in front of it.
TEST_P(SealTest, EmptyCiphertextExample) {
  const auto aead = make_aead();
  const SessionKey key{test::from_hex("3946da2554eae46ad1ef77a64372edc4")};
  Bytes packet = test::from_hex("110102019a34567800000000000000012b6756ce000869a6");
  packet.resize(packet.size() + kIcvBytes);
  ASSERT_TRUE(seal(*aead, key, packet));
  EXPECT_EQ(test::to_hex(packet),
            "110102019a34567800000000000000012b6756ce000869a6eb66c46f2a89a47e1548b83cda0a2c36");
  EXPECT_TRUE(open(*aead, key, packet));
  packet[20] ^= 1;
  EXPECT_FALSE(open(*aead, key, packet));
}

TEST_P(SealTest, WhatIsEncrypted) {
  const auto aead = make_aead();
  for (const uint8_t offset : std::array<uint8_t, 4>{0, 1, 5, 10}) {
    Bytes packet = unsealed(Version::kAesGcm128, 40, offset);
    const Bytes before = packet;
    ASSERT_TRUE(seal(*aead, key_of(Version::kAesGcm128), packet));
    const ptrdiff_t clear = 16 + 4 * offset;
    EXPECT_TRUE(std::equal(packet.begin(), packet.begin() + clear, before.begin()));
    const auto untouched =
        std::equal(packet.begin() + clear, packet.end() - kIcvBytes, before.begin() + clear);
    EXPECT_EQ(untouched, offset == 10);
  }
  Bytes packet = unsealed(Version::kAesGmac256, 40, 3);
  const Bytes before = packet;
  ASSERT_TRUE(seal(*aead, key_of(Version::kAesGmac256), packet));
  EXPECT_TRUE(std::equal(packet.begin(), packet.end() - kIcvBytes, before.begin()));
  EXPECT_FALSE(std::equal(packet.end() - kIcvBytes, packet.end(), before.end() - kIcvBytes));
}

TEST_P(SealTest, RefusalLeavesNoCleartext) {
  const auto aead = make_aead();
  Bytes wrong_key = unsealed(Version::kAesGcm256, 40);
  EXPECT_FALSE(seal(*aead, key_of(Version::kAesGcm128), wrong_key));
  EXPECT_TRUE(only_zero_behind_header(wrong_key));
  Bytes past = unsealed(Version::kAesGcm128, 40, 11);
  EXPECT_FALSE(seal(*aead, key_of(Version::kAesGcm128), past));
  EXPECT_TRUE(only_zero_behind_header(past));
  Bytes reserved = unsealed(Version::kAesGcm128, 40);
  reserved[3] = 0x11;
  EXPECT_FALSE(seal(*aead, key_of(Version::kAesGcm128), reserved));
  EXPECT_TRUE(only_zero_behind_header(reserved));
  Bytes no_key = unsealed(Version::kAesGcm128, 40);
  EXPECT_FALSE(seal(*aead, SessionKey(), no_key));
  EXPECT_TRUE(only_zero_behind_header(no_key));
  Bytes runt(31, 0xcc);
  EXPECT_FALSE(seal(*aead, key_of(Version::kAesGcm128), runt));
  EXPECT_TRUE(only_zero_behind_header(runt));
  Bytes tiny(3, 0xcc);
  EXPECT_FALSE(seal(*aead, key_of(Version::kAesGcm128), tiny));
  EXPECT_FALSE(open(*aead, key_of(Version::kAesGcm128), tiny));
}

TEST_P(SealTest, FailedOpenLeavesNoPlaintext) {
  const auto aead = make_aead();
  Bytes packet = unsealed(Version::kAesGcm128, 40, 1);
  ASSERT_TRUE(seal(*aead, key_of(Version::kAesGcm128), packet));
  packet.back() ^= 1;
  EXPECT_FALSE(open(*aead, key_of(Version::kAesGcm128), packet));
  EXPECT_TRUE(
      std::all_of(packet.begin() + 20, packet.end() - kIcvBytes, [](uint8_t byte) { return byte == 0; }));
}

TEST(Seal, LayoutOfBrokenPackets) {
  EXPECT_FALSE(layout(Bytes(31)).valid());
  Bytes packet = unsealed(Version::kAesGcm128, 8);
  packet[1] = 3;  // 32 bytes of header do not fit in front of the ICV
  EXPECT_FALSE(layout(packet).valid());
  packet[1] = 2;
  EXPECT_TRUE(layout(packet).valid());
}

}  // namespace
}  // namespace pspnic::psp
