// SPDX-License-Identifier: Apache-2.0
// Known answers: the examples of FIPS 197 and NIST's CAVP files for AES-ECB, encryption, 128- and 256-bit
// keys.
#include <string>

#include "testbench/tests/rtl/aes/aes_core.h"
#include "testbench/tests/testbench/vectors/files.h"

namespace pspnic::rtl_test {
namespace {

constexpr size_t kCavpCases = 709;

struct Case {
  std::string name;
  std::vector<uint8_t> key, plaintext, ciphertext;
};

// The [ENCRYPT] half of a file.
std::vector<Case> read_cases(const std::string& file) {
  const std::string content = vectors::test::content_of(vectors::test::nist("ciphers/AES/ECB/" + file));
  std::vector<Case> cases;
  for (const vectors::Case& one : vectors::read_nist_ecb(content, file)) {
    const auto& blocks = std::get<vectors::AesBlocks>(one.work);
    if (!blocks.decrypt) cases.push_back({file + " " + one.id, blocks.key, blocks.input, blocks.output});
  }
  return cases;
}

std::vector<AesBeat> beats_of(const Case& c) {
  std::vector<AesBeat> beats(c.plaintext.size() / 16);
  for (size_t i = 0; i < beats.size(); ++i) {
    std::copy(c.key.begin(), c.key.end(), beats[i].key.begin());
    beats[i].key256 = c.key.size() == 32;
    std::copy_n(c.plaintext.begin() + static_cast<ptrdiff_t>(16 * i), 16, beats[i].block.begin());
  }
  return beats;
}

// All cases through one core without a pause between them.
template <class Core>
void check(const std::vector<Case>& cases) {
  std::vector<AesBeat> beats;
  std::vector<std::string> names;
  std::vector<uint8_t> expected;
  for (const Case& c : cases) {
    if (c.key.size() == 32 && !Core::kWideKeys) continue;
    ASSERT_EQ(c.plaintext.size(), c.ciphertext.size()) << c.name;
    for (const AesBeat& beat : beats_of(c)) {
      beats.push_back(beat);
      names.push_back(c.name);
    }
    expected.insert(expected.end(), c.ciphertext.begin(), c.ciphertext.end());
  }
  Bench<typename Core::Top> bench;
  const std::vector<AesResult> results = encrypt(bench, beats);
  for (size_t i = 0; i < results.size(); ++i) {
    AesBlock block;
    std::copy_n(expected.begin() + static_cast<ptrdiff_t>(16 * i), 16, block.begin());
    ASSERT_EQ(results[i].block, block) << names[i];
  }
}

template <class Core>
class AesVectorsTest : public ::testing::Test {};
TYPED_TEST_SUITE(AesVectorsTest, AllAesCores);

TYPED_TEST(AesVectorsTest, GivesTheAnswersOfFips197) {
  const auto plaintext = from_hex("00112233445566778899aabbccddeeff");
  check<TypeParam>({
      {"C.1", from_hex("000102030405060708090a0b0c0d0e0f"), plaintext,
       from_hex("69c4e0d86a7b0430d8cdb78070b4c55a")},
      {"C.3", from_hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"), plaintext,
       from_hex("8ea2b7ca516745bfeafc49904b496089")},
      {"B", from_hex("2b7e151628aed2a6abf7158809cf4f3c"), from_hex("3243f6a8885a308d313198a2e0370734"),
       from_hex("3925841d02dc09fbdc118597196a0b32")},
  });
}

TYPED_TEST(AesVectorsTest, GivesTheAnswersOfNistsFiles) {
  if (!vectors::test::has_nist()) GTEST_SKIP() << vectors::test::kNoNist;
  std::vector<Case> cases;
  for (const char* bits : {"128", "256"}) {
    for (const char* kind : {"GFSbox", "KeySbox", "VarKey", "VarTxt", "MMT"}) {
      const std::string file = std::string("ECB") + kind + bits + ".rsp";
      const std::vector<Case> read = read_cases(file);
      ASSERT_FALSE(read.empty()) << file;
      cases.insert(cases.end(), read.begin(), read.end());
    }
  }
  EXPECT_EQ(cases.size(), kCavpCases);
  check<TypeParam>(cases);
}

}  // namespace
}  // namespace pspnic::rtl_test
