// SPDX-License-Identifier: Apache-2.0
// What an engine forgets is in no memory that the process allocated. An expanded AES key begins with the key
// itself, so that is what is looked for; stacks are left out, as the tests' own keys lie there.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>

#include "model/net/wipe.h"
#include "testbench/tests/model/psp/engines.h"

namespace pspnic::psp {
namespace {

constexpr size_t kSeenBytes = 16;
using Inverted = std::array<uint8_t, kSeenBytes>;  // so that the search finds no copy of its own

Inverted invert(std::span<const uint8_t> key) {
  Inverted result;
  for (size_t i = 0; i < kSeenBytes; ++i) result[i] = static_cast<uint8_t>(~key[i]);
  return result;
}

unsigned count(const uint8_t* begin, const uint8_t* end, const Inverted& wanted) {
  unsigned found = 0;
  const int first = static_cast<uint8_t>(~wanted[0]);
  while (end - begin >= static_cast<ptrdiff_t>(kSeenBytes)) {
    const size_t left = static_cast<size_t>(end - begin) - kSeenBytes + 1;
    begin = static_cast<const uint8_t*>(std::memchr(begin, first, left));
    if (begin == nullptr) break;
    found += std::equal(wanted.begin(), wanted.end(), begin,
                        [](uint8_t a, uint8_t b) { return a == static_cast<uint8_t>(~b); });
    ++begin;
  }
  return found;
}

// In the heap and in mappings without a file.
unsigned count_in_memory(const Inverted& wanted) {
  std::ifstream maps("/proc/self/maps");
  unsigned found = 0;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    uintptr_t begin = 0, end = 0;
    char dash = 0;
    std::string rights, offset, device, inode, name;
    words >> std::hex >> begin >> dash >> end >> rights >> offset >> device >> inode >> name;
    if (!rights.starts_with("rw") || !(name.empty() || name == "[heap]")) continue;
    found += count(reinterpret_cast<const uint8_t*>(begin), reinterpret_cast<const uint8_t*>(end), wanted);
  }
  return found;
}

class Forgetting : public test::EngineTest {
 protected:
  void SetUp() override {
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "AddressSanitizer's own memory is too large to be searched";
#endif
  }

  // Seals a packet and opens it.
  static void use(Aead& aead, const SessionKey& key) {
    std::array<uint8_t, kNonceBytes> nonce{};
    std::array<uint8_t, 40> text{};
    std::array<uint8_t, kIcvBytes> tag{};
    EXPECT_TRUE(aead.seal(key, nonce, {}, text, tag));
    EXPECT_TRUE(aead.open(key, nonce, {}, text, tag));
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
  EXPECT_EQ(count_in_memory(invert(key)), 0u);
  std::vector<uint8_t> copy(200);
  std::copy(key.begin(), key.end(), copy.begin() + 77);
  EXPECT_EQ(count_in_memory(invert(key)), 1u);
  net::wipe(copy);
  EXPECT_EQ(count_in_memory(invert(key)), 0u);
}

TEST_P(Forgetting, AKeyThatIsForgottenIsGone) {
  const auto aead = make_aead();
  const SessionKey small(key_from<16>(0x42)), large(key_from<32>(0x53)), other(key_from<16>(0x64));
  use(*aead, small);
  use(*aead, large);
  aead->forget(other);
  aead->forget(small);
  EXPECT_EQ(count_in_memory(invert(small.view())), 0u);
  aead->forget();
  EXPECT_EQ(count_in_memory(invert(large.view())), 0u);
  use(*aead, small);
  aead->forget();
  EXPECT_EQ(count_in_memory(invert(small.view())), 0u);
}

TEST_P(Forgetting, AnEngineThatDiesTakesItsKeysAlong) {
  const SessionKey key(key_from<32>(0x75));
  use(*make_aead(), key);
  EXPECT_EQ(count_in_memory(invert(key.view())), 0u);
  const DeviceKey device(key_from<32>(0x86));
  EXPECT_NE(make_kdf(device).derive(1, Version::kAesGcm256).size, 0);
  EXPECT_EQ(count_in_memory(invert(device.secret())), 0u);
}

}  // namespace
}  // namespace pspnic::psp
