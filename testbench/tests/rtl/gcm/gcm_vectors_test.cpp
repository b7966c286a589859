// SPDX-License-Identifier: Apache-2.0
// NIST's CAVP vectors for AES-GCM: all cases with 96 bits of IV and 128 of tag.
#include "testbench/tests/rtl/gcm/gcm_reference.h"
#include "testbench/tests/testbench/vectors/files.h"

namespace pspnic::rtl {
namespace {

constexpr size_t kCasesOfAFile = 375;  // five lengths of text, five of AAD, 15 each

struct Case {
  GcmPacket packet;
  Expected expected;
};

template <size_t kBytes>
void copy(const std::vector<uint8_t>& from, std::array<uint8_t, kBytes>& to) {
  if (from.size() > kBytes) throw std::invalid_argument("too many bytes");
  std::copy(from.begin(), from.end(), to.begin());
}

Case case_of(const vectors::Gcm& one, unsigned version) {
  Case result;
  GcmPacket& packet = result.packet;
  Expected& expected = result.expected;
  packet.open = one.open;
  packet.version = version;
  copy(one.key, packet.key);
  copy(one.iv, packet.nonce);
  packet.aad = one.aad;
  packet.text = one.open ? one.ciphertext : one.plaintext;
  copy(one.tag, one.open ? packet.icv : expected.tag);
  if (one.valid) {
    expected.text = one.open ? one.plaintext : one.ciphertext;
  } else {
    expected.status = GcmStatus::kTagMismatch;
  }
  return result;
}

std::vector<Case> read_cases(bool open, unsigned version) {
  const std::string file =
      std::string(open ? "gcmDecrypt" : "gcmEncryptExtIV") + (version == 1 ? "256" : "128") + ".rsp";
  const std::string content = vectors::test::content_of(vectors::test::nist("ciphers/AES/GCM/" + file));
  std::vector<Case> cases;
  for (const vectors::Case& one : vectors::read_nist_gcm(content, file)) {
    const auto& gcm = std::get<vectors::Gcm>(one.work);
    if (gcm.iv.size() == 12 && gcm.tag.size() == 16) cases.push_back(case_of(gcm, version));
  }
  return cases;
}

class GcmVectorsTest : public GcmLaneTest {
 protected:
  void run_file(bool open, unsigned version) {
    if (!vectors::test::has_nist()) GTEST_SKIP() << vectors::test::kNoNist;
    const std::vector<Case> cases = read_cases(open, version);
    ASSERT_EQ(cases.size(), kCasesOfAFile);
    GcmLane lane(make_core(GetParam()));
    size_t gmac = 0;
    size_t forged = 0;
    for (const Case& one : cases) {
      run_case(lane, one.packet, one.expected);
      forged += one.expected.status == GcmStatus::kTagMismatch ? 1 : 0;
      if (one.packet.text.empty()) {
        GcmPacket packet = one.packet;
        packet.version += 2;
        run_case(lane, packet, one.expected);
        ++gmac;
      }
    }
    EXPECT_EQ(gmac, kCasesOfAFile / 5);
    EXPECT_EQ(forged > 0, open);
  }

  void run_case(GcmLane& lane, const GcmPacket& packet, const Expected& expected) {
    const GcmResult result = lane.run(packet);
    EXPECT_EQ(result.status, expected.status);
    EXPECT_EQ(result.tag, expected.tag);
    if (expected.status == GcmStatus::kOk) {
      EXPECT_EQ(result.text, expected.text);
    }
  }
};

TEST_P(GcmVectorsTest, Encrypt128) {
  run_file(false, 0);
}
TEST_P(GcmVectorsTest, Decrypt128) {
  run_file(true, 0);
}

TEST_P(GcmVectorsTest, Encrypt256) {
  if (GetParam().max_key_bits < 256) GTEST_SKIP() << "128-bit keys only";
  run_file(false, 1);
}

TEST_P(GcmVectorsTest, Decrypt256) {
  if (GetParam().max_key_bits < 256) GTEST_SKIP() << "128-bit keys only";
  run_file(true, 1);
}

INSTANTIATE_TEST_SUITE_P(, GcmVectorsTest, testing::ValuesIn(kTestedShapes), shape_name);

}  // namespace
}  // namespace pspnic::rtl
