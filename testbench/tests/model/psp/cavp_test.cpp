// SPDX-License-Identifier: Apache-2.0
// NIST's validation vectors for AES-GCM: all with a nonce of 96 bits and a tag of 128 bits.
#include <gtest/gtest.h>

#include <algorithm>

#include "testbench/tests/model/psp/engines.h"
#include "testbench/tests/rsp_file.h"

namespace pspnic::psp {
namespace {

using pspnic::test::RspCase;
using Bytes = std::vector<uint8_t>;

class Cavp : public test::EngineTest {
 protected:
  void SetUp() override {
    if (!pspnic::test::has_nist_vectors()) GTEST_SKIP() << pspnic::test::kNoNistVectors;
  }
};
PSPNIC_ON_EVERY_ENGINE(Cavp);

// Lengths of text and header that the vectors combine, and vectors of each combination.
constexpr size_t kCasesOfAFile = 5 * 5 * 15;

std::vector<RspCase> cases_of(const std::string& file) {
  std::vector<RspCase> cases = pspnic::test::read_rsp("ciphers/AES/GCM/" + file);
  std::erase_if(cases, [](const RspCase& one) {
    return one.section_number("IVlen") != 8 * kNonceBytes || one.section_number("Taglen") != 8 * kIcvBytes ||
           one.section_number("PTlen") % 8 != 0 || one.section_number("AADlen") % 8 != 0;
  });
  return cases;
}

TEST_P(Cavp, GcmEncrypt) {
  const auto aead = make_aead();
  for (const char* file : {"gcmEncryptExtIV128.rsp", "gcmEncryptExtIV256.rsp"}) {
    const std::vector<RspCase> cases = cases_of(file);
    EXPECT_EQ(cases.size(), kCasesOfAFile);
    for (const RspCase& one : cases) {
      const Bytes nonce = one.bytes("IV");
      Bytes text = one.bytes("PT");
      Bytes tag(kIcvBytes);
      ASSERT_TRUE(aead->seal(SessionKey(one.bytes("Key")), Nonce(nonce.data(), kNonceBytes), one.bytes("AAD"),
                             text, std::span<uint8_t, kIcvBytes>(tag)));
      ASSERT_EQ(text, one.bytes("CT")) << file << " key " << one.fields.at("Key");
      ASSERT_EQ(tag, one.bytes("Tag")) << file << " key " << one.fields.at("Key");
    }
  }
}

TEST_P(Cavp, GcmDecryptAndRefuse) {
  const auto aead = make_aead();
  for (const char* file : {"gcmDecrypt128.rsp", "gcmDecrypt256.rsp"}) {
    const std::vector<RspCase> cases = cases_of(file);
    EXPECT_EQ(cases.size(), kCasesOfAFile);
    size_t refused = 0;
    for (const RspCase& one : cases) {
      const Bytes nonce = one.bytes("IV");
      Bytes text = one.bytes("CT");
      const Bytes tag = one.bytes("Tag");
      const bool opened = aead->open(SessionKey(one.bytes("Key")), Nonce(nonce.data(), kNonceBytes),
                                     one.bytes("AAD"), text, std::span<const uint8_t, kIcvBytes>(tag));
      ASSERT_EQ(opened, !one.fail) << file << " key " << one.fields.at("Key");
      ASSERT_EQ(text, one.fail ? Bytes(text.size(), 0) : one.bytes("PT")) << file;
      refused += one.fail;
    }
    EXPECT_GT(refused, 100u) << file;
  }
}

}  // namespace
}  // namespace pspnic::psp
