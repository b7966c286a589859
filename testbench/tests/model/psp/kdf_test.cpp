// SPDX-License-Identifier: Apache-2.0
#include "model/psp/kdf.h"

#include <gtest/gtest.h>

#include <random>

#include "testbench/tests/model/psp/engines.h"
#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::psp {
namespace {

using test::to_hex;

constexpr const char* kKey0 = "34448a064292601b11a0978f56a2d34cf3fc35ede1a6bc04f8db3e5243a2b0ca";
constexpr const char* kKey1 = "563952565d3a78ae773ec1b779f2f2d99f4a7f53a6fbb9b07d5b71f39364d739";

class KdfTest : public test::EngineTest {};
PSPNIC_ON_EVERY_ENGINE(KdfTest);

// PSP Architecture Specification, examples of key derivation.
TEST_P(KdfTest, SpecificationExamples) {
  const Kdf phase_0 = make_kdf(test::device_key(kKey0));
  const Kdf phase_1 = make_kdf(test::device_key(kKey1));
  EXPECT_EQ(to_hex(phase_0.derive(0x12345678, Version::kAesGcm128).view()),
            "96c22dc799198090b74b70ae468e4e30");
  EXPECT_EQ(to_hex(phase_1.derive(0x9a345678, Version::kAesGcm128).view()),
            "3946da2554eae46ad1ef77a64372edc4");
  EXPECT_EQ(to_hex(phase_0.derive(0x12345678, Version::kAesGcm256).view()),
            "2b7d72074e42ca334487f2990e3f8c4037e436f38283449b76463e9b7fb2e3de");
}

TEST(Kdf, InputBlockLayout) {
  EXPECT_EQ(to_hex(input_block(0x9a345678, Version::kAesGmac256, 2)), "00000002507633009a34567800000100");
}

TEST_P(KdfTest, EveryInputChangesTheKey) {
  const Kdf kdf = make_kdf(test::device_key(kKey0));
  const SessionKey base = kdf.derive(1, Version::kAesGcm256);
  EXPECT_NE(to_hex(base.view()), to_hex(kdf.derive(2, Version::kAesGcm256).view()));
  EXPECT_NE(to_hex(base.view()), to_hex(kdf.derive(0x80000001, Version::kAesGcm256).view()));
  EXPECT_NE(to_hex(base.view()), to_hex(kdf.derive(1, Version::kAesGmac256).view()));
  EXPECT_EQ(to_hex(base.view()), to_hex(kdf.derive(1, Version::kAesGcm256).view()));
}

TEST_P(KdfTest, OutlivesItsDeviceKeyAndMoves) {
  DeviceKey key = test::device_key(kKey0);
  Kdf first = make_kdf(key);
  key.wipe();
  const Kdf second(std::move(first));
  EXPECT_EQ(to_hex(second.derive(0x12345678, Version::kAesGcm128).view()),
            "96c22dc799198090b74b70ae468e4e30");
}

TEST_P(KdfTest, EqualsTheReference) {
  std::mt19937_64 random(6);
  for (int i = 0; i < 40; ++i) {
    std::array<uint8_t, kDeviceKeyBytes> bytes;
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    const DeviceKey key{bytes};
    const Kdf kdf = make_kdf(key);
    const Kdf reference(key);
    for (int j = 0; j < 100; ++j) {
      const auto spi = static_cast<uint32_t>(random());
      const auto version = static_cast<Version>(random() % kVersions);
      ASSERT_EQ(to_hex(kdf.derive(spi, version).view()), to_hex(reference.derive(spi, version).view()));
    }
  }
}

}  // namespace
}  // namespace pspnic::psp
