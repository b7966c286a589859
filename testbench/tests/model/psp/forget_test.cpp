// SPDX-License-Identifier: Apache-2.0
// What an engine forgets is in no memory that the process allocated. An expanded AES key begins with the key
// itself, so that is what is looked for.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "model/net/wipe.h"
#include "testbench/tests/model/psp/engines.h"
#include "testbench/tests/model/psp/memory_search.h"

namespace pspnic::psp {
namespace {

using test::find_in_memory;
using test::Found;
using test::invert;

class Forgetting : public test::EngineTest {
 protected:
  void SetUp() override {
    if (!test::kCanSearchMemory) GTEST_SKIP() << test::kCannotSearchMemory;
  }

  // Seals a packet and opens it.
  static void use(Aead& aead, const SessionKey& key) {
    std::array<uint8_t, kNonceBytes> nonce{};
    std::array<uint8_t, 40> text{};
    std::array<uint8_t, kIcvBytes> tag{};
    EXPECT_TRUE(aead.seal(key, nonce, {}, text, tag));
    EXPECT_TRUE(aead.open(key, nonce, {}, text, tag));
  }

  // A schedule of AES-256 may keep either half of the key.
  static void expect_gone(std::span<const uint8_t> key) {
    for (size_t at = 0; at < key.size(); at += test::kSeenBytes) {
      EXPECT_EQ(find_in_memory(invert(key.subspan(at))), Found{}) << "bytes from " << at << " on";
    }
  }

  template <size_t kBytes>
  static std::array<uint8_t, kBytes> key_from(uint8_t first) {
    std::array<uint8_t, kBytes> bytes;
    for (size_t i = 0; i < kBytes; ++i) bytes[i] = static_cast<uint8_t>(first + 11 * i * i);
    return bytes;
  }
};
PSPNIC_ON_EVERY_ENGINE(Forgetting);

TEST_P(Forgetting, TheSearchFindsWhatIsThere) {
  const auto key = key_from<16>(0x31);
  EXPECT_EQ(find_in_memory(invert(key)), Found{});
  std::vector<uint8_t> copy(200);
  const auto place = copy.begin() + 77;
  std::copy(key.begin(), key.end(), place);
  EXPECT_EQ(find_in_memory(invert(key)), (Found{.forward = 1}));
  std::reverse(place, place + 16);
  EXPECT_EQ(find_in_memory(invert(key)), (Found{.reversed = 1}));
  for (int word = 3; word >= 0; --word) {
    for (int byte = 0; byte < 4; ++byte) place[4 * word + byte] = key[4 * word + 3 - byte];
  }
  EXPECT_EQ(find_in_memory(invert(key)), (Found{.words_swapped = 1}));
  net::wipe(copy);
  EXPECT_EQ(find_in_memory(invert(key)), Found{});
}

TEST_P(Forgetting, AKeyThatIsForgottenIsGone) {
  const auto aead = make_aead();
  const SessionKey small(key_from<16>(0x42)), large(key_from<32>(0x53)), other(key_from<16>(0x64));
  use(*aead, small);
  use(*aead, large);
  aead->forget(other);
  aead->forget(small);
  expect_gone(small.view());
  aead->forget();
  expect_gone(large.view());
  use(*aead, small);
  aead->forget();
  expect_gone(small.view());
}

TEST_P(Forgetting, EachOfManyKeysCanBeForgotten) {
  const auto aead = make_aead();
  std::array<SessionKey, 60> keys;  // on the stack, which is not searched
  for (size_t i = 0; i < keys.size(); ++i) {
    keys[i] = SessionKey(key_from<16>(static_cast<uint8_t>(0x11 + 3 * i)));
  }
  for (int round = 0; round < 2; ++round) {
    for (const SessionKey& key : keys) use(*aead, key);
  }
  for (size_t i = 0; i < keys.size(); i += 7) {
    aead->forget(keys[i]);
    expect_gone(keys[i].view());
  }
  aead->forget();
  for (const SessionKey& key : keys) expect_gone(key.view());
}

TEST_P(Forgetting, AKeyThatOpenedNothingIsNotKept) {
  const auto aead = make_aead();
  const SessionKey key(key_from<32>(0x21));
  std::array<uint8_t, kNonceBytes> nonce{};
  std::array<uint8_t, 40> text{};
  std::array<uint8_t, kIcvBytes> tag{};
  EXPECT_FALSE(aead->open(key, nonce, {}, text, tag));
  aead->forget(key);
  expect_gone(key.view());
}

TEST_P(Forgetting, ADerivedKeyIsTheCallersAlone) {
  const DeviceKey device(key_from<32>(0x97));
  const Kdf kdf = make_kdf(device);
  for (const Version version : {Version::kAesGcm128, Version::kAesGcm256}) {
    SessionKey key = kdf.derive(7, version);
    const auto first = invert(key.view().first(16));
    const auto last = invert(key.view().last(16));
    key.wipe();
    EXPECT_EQ(find_in_memory(first), Found{});
    EXPECT_EQ(find_in_memory(last), Found{});
  }
}

TEST_P(Forgetting, AnEngineThatDiesTakesItsKeysAlong) {
  const SessionKey key(key_from<32>(0x75));
  use(*make_aead(), key);
  expect_gone(key.view());
  const DeviceKey device(key_from<32>(0x86));
  EXPECT_NE(make_kdf(device).derive(1, Version::kAesGcm256).size, 0);
  expect_gone(device.secret());
}

}  // namespace
}  // namespace pspnic::psp
