// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/packet_opener.h"

#include <gtest/gtest.h>

#include "testbench/tests/testbench/bench/psp_frames.h"

namespace pspnic::bench {
namespace {

using test::Bytes;

// The other implementation seals, this one opens: every version, several crypt offsets.
TEST(PacketOpener, OpensWhatTheModelSeals) {
  PacketOpener opener;
  for (uint8_t version = 0; version < 4; ++version) {
    const psp::SessionKey key = test::key_of(3, version % 2 == 0 ? 16 : 32);
    for (const uint8_t crypt_offset : {uint8_t{0}, uint8_t{1}, uint8_t{5}}) {
      const Bytes clear = test::clear_frame(test::payload_of(200));
      const Bytes frame = test::sealed_frame(clear, 0x80001234, 99, key, version, crypt_offset);
      const auto psp = find_psp(frame);
      ASSERT_TRUE(psp);
      EXPECT_EQ(psp->spi, 0x80001234u);
      EXPECT_EQ(psp->iv, 99u);
      EXPECT_EQ(psp->version, version);
      EXPECT_EQ(psp->next_header, 6);
      const auto text = opener.open(frame, *psp, key.view());
      ASSERT_TRUE(text) << int{version} << " " << int{crypt_offset};
      EXPECT_TRUE(std::equal(text->begin(), text->end(), clear.begin() + 34, clear.end()));
    }
  }
}

TEST(PacketOpener, RefusesEveryChangedByteOfAPspPacket) {
  PacketOpener opener;
  const psp::SessionKey key = test::key_of(3);
  const Bytes good = test::sealed_frame(test::clear_frame(test::payload_of(40)), 7, 99, key);
  for (size_t byte = 42; byte < good.size(); ++byte) {
    Bytes bad = good;
    bad[byte] ^= 0x10;
    const auto psp = find_psp(bad);
    EXPECT_FALSE(psp && opener.open(bad, *psp, key.view())) << byte;
  }
  EXPECT_TRUE(opener.open(good, *find_psp(good), key.view()));
  EXPECT_FALSE(opener.open(good, *find_psp(good), test::key_of(4).view()));
  EXPECT_FALSE(opener.open(good, *find_psp(good), test::key_of(3, 32).view())) << "a key of the wrong size";
}

TEST(PacketOpener, FindsNoPspWhereThereIsNone) {
  const Bytes clear = test::clear_frame(test::payload_of(100));
  EXPECT_FALSE(find_psp(clear));
  Bytes frame = test::sealed_frame(clear, 7, 99, test::key_of(3));
  for (size_t bytes = 0; bytes < frame.size(); ++bytes) {
    EXPECT_FALSE(find_psp(std::span(frame).first(bytes))) << bytes;
  }
  frame[37]++;  // another UDP port
  EXPECT_FALSE(find_psp(frame));
}

}  // namespace
}  // namespace pspnic::bench
