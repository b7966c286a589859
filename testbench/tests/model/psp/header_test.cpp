// SPDX-License-Identifier: Apache-2.0
#include "model/psp/header.h"

#include <gtest/gtest.h>

#include <array>

#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::psp {
namespace {

// Byte 3 of the header as the specification's fields give it.
TEST(Header, FlagByte) {
  struct Row {
    uint8_t version;
    bool vc, sample, drop;
    uint8_t byte;
  };
  for (const Row& row : {Row{0, false, false, false, 0x01}, Row{0, true, false, false, 0x03},
                         Row{1, false, false, false, 0x05}, Row{1, true, false, false, 0x07},
                         Row{2, false, false, false, 0x09}, Row{3, false, false, false, 0x0d},
                         Row{0, false, true, false, 0x81}, Row{0, false, false, true, 0x41}}) {
    Header header;
    header.version = row.version;
    header.vc_present = row.vc;
    header.sample = row.sample;
    header.drop_after_sample = row.drop;
    std::array<uint8_t, 24> bytes{};
    encode_header(header, bytes.data());
    EXPECT_EQ(bytes[3], row.byte);
  }
}

TEST(Header, FieldPlaces) {
  Header header;
  header.next_header = 0x11;
  header.hdr_ext_len = 2;
  header.crypt_offset = 0x2a;
  header.reserved = 2;
  header.version = 1;
  header.vc_present = true;
  header.spi = 0x9a345678;
  header.iv = 0x0102030405060708;
  header.vc = 0x1112131415161718;
  std::array<uint8_t, 24> bytes{};
  encode_header(header, bytes.data());
  EXPECT_EQ(test::to_hex(bytes), "1102aa079a34567801020304050607081112131415161718");
  EXPECT_EQ(decode_header(bytes.data()), header);
  EXPECT_EQ(header_bytes(header), 24u);
  EXPECT_EQ(clear_bytes(header), 16u + 4 * 0x2a);
}

TEST(Header, EveryFirstWordRoundTrips) {
  for (uint32_t word = 0; word < 0x10000; ++word) {
    std::array<uint8_t, 24> bytes{6, 1, static_cast<uint8_t>(word >> 8), static_cast<uint8_t>(word)};
    std::array<uint8_t, 24> again{};
    encode_header(decode_header(bytes.data()), again.data());
    ASSERT_EQ(bytes, again);
  }
}

// V without room for a cookie must not reach beyond the 16 bytes.
TEST(Header, CookieNeedsRoom) {
  const test::Bytes exact = test::from_hex("11010003000000010000000000000001");
  const Header header = decode_header(exact.data());
  EXPECT_TRUE(header.vc_present);
  EXPECT_EQ(header.vc, 0u);
  test::Bytes out(16);
  encode_header(header, out.data());
  EXPECT_EQ(out, exact);
}

TEST(Header, Versions) {
  EXPECT_EQ(key_bytes(Version::kAesGcm128), 16);
  EXPECT_EQ(key_bytes(Version::kAesGcm256), 32);
  EXPECT_EQ(key_bytes(Version::kAesGmac128), 16);
  EXPECT_EQ(key_bytes(Version::kAesGmac256), 32);
  EXPECT_FALSE(is_gmac(Version::kAesGcm256));
  EXPECT_TRUE(is_gmac(Version::kAesGmac128));
  EXPECT_TRUE(is_known_version(3));
  EXPECT_FALSE(is_known_version(4));
}

TEST(Header, Sizes) {
  EXPECT_EQ(kTransportOverheadBytes, 40u);
  EXPECT_EQ(counted_bytes(32), 0u);
  EXPECT_EQ(counted_bytes(32 + kVcBytes + 100), 108u);
  EXPECT_TRUE(is_tunnel(4));
  EXPECT_TRUE(is_tunnel(41));
  EXPECT_FALSE(is_tunnel(6));
}

}  // namespace
}  // namespace pspnic::psp
