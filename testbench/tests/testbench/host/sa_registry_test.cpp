// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/sa_registry.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace pspnic::host {
namespace {

TEST(RxSaRegistry, FindsWhatWasInserted) {
  RxSaRegistry registry;
  EXPECT_EQ(registry.find(1), nullptr);
  EXPECT_EQ(registry.find(0), nullptr);
  registry.insert(0x8000'0001, psp::Version::kAesGmac256, 7);
  const RxSaRecord* found = registry.find(0x8000'0001);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->version, psp::Version::kAesGmac256);
  EXPECT_EQ(found->generation, 7);
  EXPECT_EQ(registry.find(1), nullptr);
}

// Against std::map, with SPIs from a small range so that runs of full entries and holes in them occur.
TEST(RxSaRegistry, AgreesWithAMapUnderRandomWork) {
  RxSaRegistry registry;
  std::map<uint32_t, uint8_t> expected;
  std::mt19937 random(1);
  for (int step = 0; step < 100'000; ++step) {
    const auto spi = static_cast<uint32_t>(1 + random() % 700);
    if (random() % 2 == 0) {
      const auto generation = static_cast<uint8_t>(random() % 128);
      registry.insert(spi, psp::Version::kAesGcm128, generation);
      expected[spi] = generation;
    } else {
      registry.erase(spi);
      expected.erase(spi);
    }
    const auto probe = static_cast<uint32_t>(1 + random() % 700);
    const RxSaRecord* found = registry.find(probe);
    ASSERT_EQ(found != nullptr, expected.count(probe) == 1) << "step " << step;
    if (found != nullptr) {
      ASSERT_EQ(found->generation, expected[probe]);
    }
  }
  EXPECT_EQ(registry.size(), expected.size());
}

TEST(RxSaRegistry, GenerationsAreDropped) {
  RxSaRegistry registry;
  for (uint32_t spi = 1; spi <= 1000; ++spi) {
    registry.insert(spi, psp::Version::kAesGcm128, static_cast<uint8_t>(spi % 4));
  }
  registry.keep_generations(2, 1);
  EXPECT_EQ(registry.size(), 500u);
  EXPECT_EQ(registry.find(3), nullptr);
  EXPECT_EQ(registry.find(4), nullptr);
  EXPECT_NE(registry.find(5), nullptr);
  registry.drop_generation(1);
  EXPECT_EQ(registry.find(5), nullptr);
  EXPECT_NE(registry.find(6), nullptr);
}

}  // namespace
}  // namespace pspnic::host
