// SPDX-License-Identifier: Apache-2.0
// Random blocks, each with a key of its own and of random size, against OpenSSL, with random stalls.
#include "testbench/tests/rtl/aes/aes_core.h"

namespace pspnic::rtl_test {
namespace {

constexpr size_t kBlocks = 4000;

template <class Core>
class AesRandomTest : public ::testing::Test {};
TYPED_TEST_SUITE(AesRandomTest, AllAesCores);

TYPED_TEST(AesRandomTest, EncryptsAsOpenSslDoesUnderAnyStalls) {
  uint64_t seed = 100;
  for (const Stalls stalls : {Stalls{0, 0}, Stalls{60, 0}, Stalls{0, 60}, Stalls{40, 40}}) {
    Bench<typename TypeParam::Top> bench;
    const auto beats = random_beats(kBlocks, TypeParam::kWideKeys, ++seed);
    const auto results = encrypt(bench, beats, stalls, seed);
    Ecb ecb;
    for (size_t i = 0; i < beats.size(); ++i) {
      ASSERT_EQ(results[i].block, ecb.encrypt(beats[i])) << "block " << i;
      ASSERT_EQ(results[i].side, beats[i].side) << "block " << i;
    }
  }
}

}  // namespace
}  // namespace pspnic::rtl_test
