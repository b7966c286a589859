// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>

#include "model/psp/engine.h"

namespace pspnic::psp {
namespace {

// Who may open what is decided as by cryptography, only that nothing is encrypted.
TEST(StandInEngine, OpensUnderTheSameDeviceKeySpiAndVersionOnly) {
  const Engine& engine = stand_in_engine();
  EXPECT_EQ(find_engine(engine.name), nullptr);
  const auto aead = engine.make_aead();
  const auto kdf = engine.make_kdf(DeviceKey(std::array<uint8_t, 32>{1}));
  const auto later = engine.make_kdf(DeviceKey(std::array<uint8_t, 32>{2}));
  for (const Version version : {Version::kAesGcm128, Version::kAesGcm256, Version::kAesGmac128}) {
    std::array<uint8_t, kNonceBytes> nonce{};
    std::array<uint8_t, kIcvBytes> tag{};
    std::array<uint8_t, 20> text{7};
    const SessionKey key = kdf->derive(5, version);
    EXPECT_EQ(key.size, key_bytes(version));
    ASSERT_TRUE(aead->seal(key, nonce, {}, text, tag));
    EXPECT_EQ(text[0], 7);
    EXPECT_TRUE(aead->open(kdf->derive(5, version), nonce, {}, text, tag));
    EXPECT_FALSE(aead->open(kdf->derive(6, version), nonce, {}, text, tag));
    EXPECT_FALSE(aead->open(later->derive(5, version), nonce, {}, text, tag));
    EXPECT_FALSE(aead->open(kdf->derive(5, Version::kAesGmac256), nonce, {}, text, tag));
    EXPECT_FALSE(aead->open(SessionKey(), nonce, {}, text, tag));
  }
}

}  // namespace
}  // namespace pspnic::psp
