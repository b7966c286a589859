// SPDX-License-Identifier: Apache-2.0
// Device keys cannot be seen, so all is said by the session keys that come from them.
#include "model/crypto/device_keys.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace pspnic::crypto {
namespace {

using Bytes = std::string;
constexpr uint32_t kSlot0Spi = 0x1234'5678, kSlot1Spi = 0x9234'5678;

Bytes derive(const DeviceKeys& keys, uint32_t spi, psp::Version version = psp::Version::kAesGcm256) {
  const psp::SessionKey key = keys.derive(spi, version);
  return {key.view().begin(), key.view().end()};
}

Bytes with_key_of(SeededRandom& random) {
  const psp::SessionKey key = psp::Kdf(random.device_key()).derive(1, psp::Version::kAesGcm256);
  return {key.view().begin(), key.view().end()};
}

TEST(SeededRandom, RepeatsForTheSameSeedAndStream) {
  SeededRandom a(7, 1), b(7, 1);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(with_key_of(a), with_key_of(b));
}

TEST(SeededRandom, EveryKeyOfEverySeedAndStreamIsAnother) {
  std::set<Bytes> seen;
  size_t made = 0;
  for (uint64_t seed : {uint64_t{0}, uint64_t{1}, uint64_t{2}, uint64_t{1} << 63}) {
    for (uint64_t stream : {uint64_t{0}, uint64_t{1}, uint64_t{2}, uint64_t{1} << 63}) {
      SeededRandom random(seed, stream);
      for (int i = 0; i < 20; ++i, ++made) seen.insert(with_key_of(random));
    }
  }
  EXPECT_EQ(seen.size(), made);
}

TEST(DeviceKeys, StartWithoutAnyKey) {
  const DeviceKeys keys(1, 1);
  EXPECT_FALSE(keys.present(kSlot0Spi));
  EXPECT_FALSE(keys.present(kSlot1Spi));
}

TEST(DeviceKeys, Bit31OfTheSpiChoosesTheSlot) {
  DeviceKeys keys(1, 1);
  keys.make(1);
  EXPECT_FALSE(keys.present(kSlot0Spi));
  EXPECT_FALSE(keys.present(0x7fff'ffff));
  EXPECT_TRUE(keys.present(kSlot1Spi));
  EXPECT_TRUE(keys.present(0x8000'0000));
  const Bytes before = derive(keys, kSlot1Spi);
  keys.make(0);
  EXPECT_TRUE(keys.present(kSlot0Spi));
  EXPECT_EQ(derive(keys, kSlot1Spi), before) << "a key in one slot leaves the other alone";
  keys.drop(1);
  EXPECT_FALSE(keys.present(kSlot1Spi));
  EXPECT_TRUE(keys.present(kSlot0Spi));
}

// The slots are filled in the opposite order: the keys are exchanged, and everything derived from them
// follows.
TEST(DeviceKeys, EachSlotDerivesFromItsOwnKey) {
  DeviceKeys one(1, 1), other(1, 1);
  one.make(0);
  one.make(1);
  other.make(1);
  other.make(0);
  SeededRandom random(1, 1);
  const psp::Kdf first(random.device_key()), second(random.device_key());
  for (const psp::Version version : {psp::Version::kAesGcm128, psp::Version::kAesGcm256,
                                     psp::Version::kAesGmac128, psp::Version::kAesGmac256}) {
    const auto bytes = [&](const psp::Kdf& kdf, uint32_t spi) {
      const psp::SessionKey key = kdf.derive(spi, version);
      return Bytes(key.view().begin(), key.view().end());
    };
    EXPECT_EQ(derive(one, kSlot0Spi, version), bytes(first, kSlot0Spi));
    EXPECT_EQ(derive(one, kSlot1Spi, version), bytes(second, kSlot1Spi));
    EXPECT_EQ(derive(other, kSlot0Spi, version), bytes(second, kSlot0Spi));
    EXPECT_EQ(derive(other, kSlot1Spi, version), bytes(first, kSlot1Spi));
    EXPECT_EQ(derive(one, kSlot0Spi, version).size(), psp::key_bytes(version));
  }
}

TEST(DeviceKeys, RepeatForTheSameSeedAndDifferForAnotherDevice) {
  DeviceKeys one(42, 1), same(42, 1), other_device(42, 2), other_seed(43, 1);
  for (DeviceKeys* keys : {&one, &same, &other_device, &other_seed}) {
    keys->make(0);
    keys->make(1);
  }
  for (const uint32_t spi : {1u, kSlot0Spi, kSlot1Spi, 0xffff'ffffu}) {
    EXPECT_EQ(derive(one, spi), derive(same, spi));
    EXPECT_NE(derive(one, spi), derive(other_device, spi));
    EXPECT_NE(derive(one, spi), derive(other_seed, spi));
  }
}

TEST(DeviceKeys, EverySpiAndVersionHasItsOwnSessionKey) {
  DeviceKeys keys(1, 1);
  keys.make(0);
  keys.make(1);
  std::set<Bytes> seen;
  size_t derived = 0;
  for (uint32_t spi = 1; spi <= 1000; ++spi) {
    for (const uint32_t phase : {0u, 1u << 31}) {
      seen.insert(derive(keys, spi | phase, psp::Version::kAesGcm128));
      seen.insert(derive(keys, spi | phase, psp::Version::kAesGmac128));
      derived += 2;
    }
  }
  EXPECT_EQ(seen.size(), derived);
}

TEST(DeviceKeys, AKeyMadeAgainIsANewOne) {
  DeviceKeys keys(1, 1);
  keys.make(0);
  const Bytes first = derive(keys, kSlot0Spi);
  keys.make(0);
  const Bytes second = derive(keys, kSlot0Spi);
  EXPECT_NE(second, first);
  keys.drop(0);
  keys.make(0);
  const Bytes third = derive(keys, kSlot0Spi);
  EXPECT_NE(third, first);
  EXPECT_NE(third, second);
}

// The key and its session keys are those that the specification publishes.
TEST(DeviceKeys, ThoseOfPublishedVectorsAreMadeAgainAndAgain) {
  const auto key = [](const char* hex) {
    std::array<uint8_t, 32> bytes{};
    for (size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<uint8_t>(std::stoul(std::string(hex + 2 * i, 2), nullptr, 16));
    }
    return psp::DeviceKey(std::span<const uint8_t, 32>(bytes));
  };
  const DeviceKeys::VectorKeys published{
      key("34448a064292601b11a0978f56a2d34cf3fc35ede1a6bc04f8db3e5243a2b0ca"),
      key("563952565d3a78ae773ec1b779f2f2d99f4a7f53a6fbb9b07d5b71f39364d739")};
  DeviceKeys keys(1, 1, psp::reference_engine(), &published);
  EXPECT_FALSE(keys.present(0x12345678)) << "as long as none is made";
  for (int i = 0; i < 2; ++i) {
    keys.make(0);
    keys.make(1);
    const Bytes slot_0 = derive(keys, 0x12345678, psp::Version::kAesGcm128);
    const Bytes slot_1 = derive(keys, 0x9a345678, psp::Version::kAesGcm128);
    EXPECT_EQ(slot_0, "\x96\xc2\x2d\xc7\x99\x19\x80\x90\xb7\x4b\x70\xae\x46\x8e\x4e\x30");
    EXPECT_EQ(slot_1, "\x39\x46\xda\x25\x54\xea\xe4\x6a\xd1\xef\x77\xa6\x43\x72\xed\xc4");
  }
}

TEST(DeviceKeys, EveryEngineDerivesTheSame) {
  DeviceKeys reference(1, 1);
  reference.make(0);
  for (const psp::Engine& engine : psp::engines()) {
    DeviceKeys keys(1, 1, engine);
    keys.make(0);
    for (const psp::Version version : {psp::Version::kAesGcm128, psp::Version::kAesGcm256}) {
      EXPECT_EQ(derive(keys, kSlot0Spi, version), derive(reference, kSlot0Spi, version)) << engine.name;
    }
  }
}

TEST(DeviceKeys, TheGenerationBelongsToTheSlot) {
  DeviceKeys keys(1, 1);
  keys.make(0);
  keys.make(1);
  keys.activate(0, 5);
  keys.activate(1, 127);
  EXPECT_EQ(keys.generation(kSlot0Spi), 5);
  EXPECT_EQ(keys.generation(kSlot1Spi), 127);
  keys.activate(0, 7);
  EXPECT_EQ(keys.generation(kSlot0Spi), 7);
  EXPECT_EQ(keys.generation(kSlot1Spi), 127);
}

}  // namespace
}  // namespace pspnic::crypto
