// SPDX-License-Identifier: Apache-2.0
#include "model/net/bytes.h"

#include <gtest/gtest.h>

#include <array>

namespace pspnic::net {
namespace {

constexpr std::array<uint8_t, 9> kBytes = {0xee, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x88};

TEST(Bytes, LoadsAtOddAddresses) {
  const uint8_t* at = kBytes.data() + 1;
  EXPECT_EQ(load_be16(at), 0x0102);
  EXPECT_EQ(load_be32(at), 0x01020304U);
  EXPECT_EQ(load_be64(at), 0x0102030405060788U);
  EXPECT_EQ(load_le16(at), 0x0201);
  EXPECT_EQ(load_le32(at), 0x04030201U);
  EXPECT_EQ(load_le64(at), 0x8807060504030201U);
}

TEST(Bytes, StoresAtOddAddressesAndNothingElse) {
  std::array<uint8_t, 10> bytes{};
  store_be64(bytes.data() + 1, 0x0102030405060708);
  EXPECT_EQ(bytes, (std::array<uint8_t, 10>{0, 1, 2, 3, 4, 5, 6, 7, 8, 0}));
  store_le64(bytes.data() + 1, 0x0102030405060708);
  EXPECT_EQ(bytes, (std::array<uint8_t, 10>{0, 8, 7, 6, 5, 4, 3, 2, 1, 0}));
  store_be32(bytes.data() + 3, 0xa1b2c3d4);
  EXPECT_EQ(bytes, (std::array<uint8_t, 10>{0, 8, 7, 0xa1, 0xb2, 0xc3, 0xd4, 2, 1, 0}));
  store_le32(bytes.data() + 3, 0xa1b2c3d4);
  EXPECT_EQ(bytes, (std::array<uint8_t, 10>{0, 8, 7, 0xd4, 0xc3, 0xb2, 0xa1, 2, 1, 0}));
  store_be16(bytes.data() + 7, 0xfeed);
  store_le16(bytes.data() + 1, 0xfeed);
  EXPECT_EQ(bytes, (std::array<uint8_t, 10>{0, 0xed, 0xfe, 0xd4, 0xc3, 0xb2, 0xa1, 0xfe, 0xed, 0}));
}

constexpr uint64_t round_trip_at_compile_time() {
  std::array<uint8_t, 14> bytes{};
  store_be64(bytes.data(), 0x1122334455667788);
  store_le32(bytes.data() + 8, 0x99aabbcc);
  store_be16(bytes.data() + 12, 0xddee);
  return load_be64(bytes.data()) ^ load_le32(bytes.data() + 8) ^ load_be16(bytes.data() + 12);
}

TEST(Bytes, ConstantEvaluationAgreesWithRunTime) {
  static_assert(load_be16(kBytes.data() + 1) == 0x0102);
  static_assert(load_le64(kBytes.data() + 1) == 0x8807060504030201);
  constexpr uint64_t kAtCompileTime = round_trip_at_compile_time();
  EXPECT_EQ(kAtCompileTime, round_trip_at_compile_time());
  EXPECT_EQ(kAtCompileTime, 0x1122334455667788 ^ 0x99aabbccU ^ 0xddeeU);
}

}  // namespace
}  // namespace pspnic::net
