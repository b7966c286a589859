// SPDX-License-Identifier: Apache-2.0
// Verilated registers hold keys with their bytes reversed. The search that the tests of forgetting use finds
// them there, and finds nothing once they are forgotten.
#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "rtl/cosim/engine.h"
#include "testbench/tests/model/psp/memory_search.h"

namespace pspnic::rtl {
namespace {

using psp::test::find_in_memory;
using psp::test::Found;
using psp::test::invert;

class RtlEngineMemory : public testing::Test {
 protected:
  void SetUp() override {
    if (!psp::test::kCanSearchMemory) GTEST_SKIP() << psp::test::kCannotSearchMemory;
  }

  template <size_t kBytes>
  static std::array<uint8_t, kBytes> key_from(uint8_t first) {
    std::array<uint8_t, kBytes> bytes;
    for (size_t i = 0; i < kBytes; ++i) bytes[i] = static_cast<uint8_t>(first + 13 * i * i);
    return bytes;
  }

  static void expect_in_a_lane_until_forgotten(const psp::SessionKey& key) {
    const std::unique_ptr<psp::Aead> aead = engine().make_aead();
    std::array<uint8_t, psp::kNonceBytes> nonce{};
    std::array<uint8_t, 40> text{};
    std::array<uint8_t, psp::kIcvBytes> tag{};
    ASSERT_TRUE(aead->seal(key, nonce, {}, text, tag));
    EXPECT_GE(find_in_memory(invert(key.view())).reversed, 1u);
    aead->forget();
    EXPECT_EQ(find_in_memory(invert(key.view())), Found{});
  }
};

TEST_F(RtlEngineMemory, ASessionKeyIsInTheLaneUntilItIsForgotten) {
  expect_in_a_lane_until_forgotten(psp::SessionKey(key_from<16>(0x97)));
  expect_in_a_lane_until_forgotten(psp::SessionKey(key_from<32>(0xa8)));
}

TEST_F(RtlEngineMemory, ADeviceKeyIsInTheUnitAsLongAsThatIsThere) {
  const psp::DeviceKey key(key_from<32>(0xb9));
  auto kdf = engine().make_kdf(key);
  EXPECT_GE(find_in_memory(invert(key.secret())).reversed, 1u);
  kdf.reset();
  EXPECT_EQ(find_in_memory(invert(key.secret())), Found{});
}

}  // namespace
}  // namespace pspnic::rtl
