// SPDX-License-Identifier: Apache-2.0
#include "model/psp/aead.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "testbench/tests/model/psp/engines.h"
#include "testbench/tests/model/psp/vector_file.h"

namespace pspnic::psp {
namespace {

using test::Bytes;
using test::from_hex;
using test::to_hex;

class AeadTest : public test::EngineTest {};
PSPNIC_ON_EVERY_ENGINE(AeadTest);

struct Example {
  const char *key, *nonce, *aad, *text, *cipher, *tag;
};

// McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B: test cases 1, 2, 4, 13, 14, 16.
constexpr Example kExamples[] = {
    {"00000000000000000000000000000000", "000000000000000000000000", "", "", "",
     "58e2fccefa7e3061367f1d57a4e7455a"},
    {"00000000000000000000000000000000", "000000000000000000000000", "", "00000000000000000000000000000000",
     "0388dace60b6a392f328c2b971b2fe78", "ab6e47d42cec13bdf53a67b21257bddf"},
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf"
     "5aa0de6"
     "57ba637b39",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b3"
     "96a0aac"
     "973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "", "",
     "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"0000000000000000000000000000000000000000000000000000000000000000", "000000000000000000000000", "",
     "00000000000000000000000000000000", "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "feedfacedeadbeeffeedfacedeadbeefabaddad2",
     "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf"
     "5aa0de6"
     "57ba637b39",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6"
     "393ba7a"
     "0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

Nonce as_nonce(const Bytes& bytes) {
  return Nonce(bytes.data(), kNonceBytes);
}
std::span<uint8_t, kIcvBytes> as_tag(Bytes& bytes) {
  return std::span<uint8_t, kIcvBytes>(bytes.data(), kIcvBytes);
}

TEST_P(AeadTest, KnownAnswers) {
  const auto aead = make_aead();
  // Twice through all of them: contexts are used again with other keys and with the same.
  for (int round = 0; round < 2; ++round) {
    for (const Example& example : kExamples) {
      const SessionKey key{from_hex(example.key)};
      const Bytes nonce = from_hex(example.nonce);
      const Bytes aad = from_hex(example.aad);
      Bytes text = from_hex(example.text);
      Bytes tag(kIcvBytes);
      for (int again = 0; again < 2; ++again) {
        ASSERT_TRUE(aead->seal(key, as_nonce(nonce), aad, text, as_tag(tag)));
        EXPECT_EQ(to_hex(text), example.cipher);
        EXPECT_EQ(to_hex(tag), example.tag);
        ASSERT_TRUE(aead->open(key, as_nonce(nonce), aad, text, as_tag(tag)));
        EXPECT_EQ(to_hex(text), example.text);
      }
    }
  }
}

TEST_P(AeadTest, AForgottenKeyComesWithItsNextPacket) {
  const auto aead = make_aead();
  const Example& example = kExamples[2];
  const SessionKey key{from_hex(example.key)};
  const Bytes nonce = from_hex(example.nonce);
  const Bytes aad = from_hex(example.aad);
  for (int again = 0; again < 3; ++again) {
    Bytes text = from_hex(example.text);
    Bytes tag(kIcvBytes);
    ASSERT_TRUE(aead->seal(key, as_nonce(nonce), aad, text, as_tag(tag)));
    EXPECT_EQ(to_hex(text), example.cipher);
    EXPECT_EQ(to_hex(tag), example.tag);
    again == 0 ? aead->forget(key) : aead->forget();
    aead->forget(SessionKey{from_hex(kExamples[4].key)});  // another one
  }
}

TEST_P(AeadTest, WrongTagLeavesNoPlaintext) {
  const auto aead = make_aead();
  for (const Example& example : kExamples) {
    const SessionKey key{from_hex(example.key)};
    const Bytes nonce = from_hex(example.nonce);
    const Bytes aad = from_hex(example.aad);
    for (unsigned bit = 0; bit < 8 * kIcvBytes; ++bit) {
      Bytes tag = from_hex(example.tag);
      tag[bit / 8] ^= static_cast<uint8_t>(1u << (bit % 8));
      Bytes text = from_hex(example.cipher);
      ASSERT_FALSE(aead->open(key, as_nonce(nonce), aad, text, as_tag(tag)));
      ASSERT_TRUE(std::all_of(text.begin(), text.end(), [](uint8_t byte) { return byte == 0; }));
    }
    // The engine recovers.
    Bytes tag = from_hex(example.tag);
    Bytes text = from_hex(example.cipher);
    EXPECT_TRUE(aead->open(key, as_nonce(nonce), aad, text, as_tag(tag)));
    EXPECT_EQ(to_hex(text), example.text);
  }
}

TEST_P(AeadTest, KeyOfNoSizeSealsNothing) {
  const auto aead = make_aead();
  const Bytes nonce(kNonceBytes);
  Bytes text(20, 0xaa);
  Bytes tag(kIcvBytes, 0xaa);
  EXPECT_FALSE(aead->seal(SessionKey(), as_nonce(nonce), {}, text, as_tag(tag)));
  EXPECT_EQ(text, Bytes(20, 0));
  EXPECT_EQ(tag, Bytes(kIcvBytes, 0));
  Bytes cipher(20, 0xaa);
  EXPECT_FALSE(aead->open(SessionKey(), as_nonce(nonce), {}, cipher, as_tag(tag)));
  EXPECT_EQ(cipher, Bytes(20, 0));
}

TEST_P(AeadTest, AnEmptyTextWithAWrongTagIsRefused) {
  const auto aead = make_aead();
  const SessionKey key{from_hex(kExamples[0].key)};
  const Bytes nonce = from_hex(kExamples[0].nonce);
  const Bytes aad(20, 0x11);
  Bytes tag(kIcvBytes);
  ASSERT_TRUE(aead->seal(key, as_nonce(nonce), aad, {}, as_tag(tag)));
  EXPECT_TRUE(aead->open(key, as_nonce(nonce), aad, {}, as_tag(tag)));
  Bytes wrong = tag;
  wrong[15] ^= 0x80;
  EXPECT_FALSE(aead->open(key, as_nonce(nonce), aad, {}, as_tag(wrong)));
  wrong.assign(kIcvBytes, 0);
  EXPECT_FALSE(aead->open(key, as_nonce(nonce), aad, {}, as_tag(wrong)));
  EXPECT_FALSE(aead->open(key, as_nonce(nonce), Bytes(20, 0x12), {}, as_tag(tag)));
}

// Lengths around blocks and far beyond, a key for a while and another one, the two sizes mixed.
TEST_P(AeadTest, EqualsTheReference) {
  const auto aead = make_aead();
  const auto reference = reference_engine().make_aead();
  std::mt19937_64 random(5);
  const auto bytes = [&](size_t size) {
    Bytes result(size);
    for (uint8_t& byte : result) byte = static_cast<uint8_t>(random());
    return result;
  };
  SessionKey key;
  for (int i = 0; i < 3000; ++i) {
    if (i == 0 || random() % 3 != 0) key = SessionKey(bytes(random() % 2 == 0 ? 16 : 32));
    const Bytes nonce = bytes(kNonceBytes);
    const Bytes aad = bytes(random() % (random() % 8 == 0 ? 300 : 40));
    const Bytes clear = bytes(i < 600 ? static_cast<size_t>(i) : random() % (random() % 8 == 0 ? 9001 : 600));
    Bytes text = clear, same_text = clear, tag(kIcvBytes), same_tag(kIcvBytes);
    ASSERT_TRUE(aead->seal(key, as_nonce(nonce), aad, text, as_tag(tag)));
    ASSERT_TRUE(reference->seal(key, as_nonce(nonce), aad, same_text, as_tag(same_tag)));
    ASSERT_EQ(text, same_text) << aad.size() << " and " << clear.size() << " bytes";
    ASSERT_EQ(tag, same_tag) << aad.size() << " and " << clear.size() << " bytes";
    ASSERT_TRUE(aead->open(key, as_nonce(nonce), aad, text, as_tag(tag)));
    ASSERT_EQ(text, clear);
    if (i % 16 == 0) aead->forget(key);
  }
}

TEST_P(AeadTest, Name) {
  EXPECT_STREQ(make_aead()->name(), engine().name);
}

}  // namespace
}  // namespace pspnic::psp
