// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/key_exchange.h"

#include <gtest/gtest.h>

#include "model/psp/kdf.h"

namespace pspnic::bench {
namespace {

std::string hexadecimal(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

TEST(KeyLog, HasALineOfSpiVersionAndKeyForEach) {
  KeyLog log;
  EXPECT_EQ(log.text(), "");
  psp::Kdf kdf(psp::DeviceKey(std::array<uint8_t, 32>{1, 2, 3}));
  const psp::SessionKey small = kdf.derive(0x12, psp::Version::kAesGcm128);
  const psp::SessionKey large = kdf.derive(0x80000012, psp::Version::kAesGcm256);
  log.add(0x12, psp::Version::kAesGcm128, small);
  log.add(0x80000012, psp::Version::kAesGcm256, large);
  EXPECT_EQ(small.view().size(), 16u);
  EXPECT_EQ(large.view().size(), 32u);
  EXPECT_EQ(log.text(),
            "00000012 0 " + hexadecimal(small.view()) + "\n80000012 1 " + hexadecimal(large.view()) + "\n");
}

}  // namespace
}  // namespace pspnic::bench
