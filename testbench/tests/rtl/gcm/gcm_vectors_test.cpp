// SPDX-License-Identifier: Apache-2.0
// NIST's CAVP vectors for AES-GCM, as Debian's package python3-cryptography-vectors has them: all cases with
// 96 bits of IV and 128 of tag.
#include <fstream>

#include "testbench/tests/rtl/gcm/gcm_reference.h"

namespace pspnic::rtl {
namespace {

constexpr const char* kDirectory = "/usr/lib/python3/dist-packages/cryptography_vectors/ciphers/AES/GCM/";
constexpr size_t kCasesOfAFile = 375;  // five lengths of text, five of AAD, 15 each

struct Case {
  GcmPacket packet;
  Expected expected;
};

std::vector<uint8_t> bytes_of(const std::string& hex) {
  std::vector<uint8_t> bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

template <size_t kBytes>
void copy_hex(const std::string& hex, std::array<uint8_t, kBytes>& to) {
  const std::vector<uint8_t> bytes = bytes_of(hex);
  std::copy_n(bytes.begin(), std::min(bytes.size(), kBytes), to.begin());
}

class Reader {
 public:
  Reader(bool open, unsigned version) : open_(open), version_(version) {}

  std::vector<Case> read(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      parse(line);
    }
    finish();
    return std::move(cases_);
  }

 private:
  void parse(const std::string& line) {
    const size_t equals = line.find(" =");
    if (line == "FAIL") {
      current_.expected.status = GcmStatus::kTagMismatch;
    } else if (line.rfind("[", 0) == 0) {
      finish();
      if (line.rfind("[IVlen", 0) == 0) iv_fits_ = line == "[IVlen = 96]";
      if (line.rfind("[Taglen", 0) == 0) tag_fits_ = line == "[Taglen = 128]";
    } else if (equals != std::string::npos) {
      field(line.substr(0, equals), line.substr(std::min(line.size(), equals + 3)));
    }
  }

  void field(const std::string& name, const std::string& value) {
    GcmPacket& packet = current_.packet;
    if (name == "Count") {
      finish();
      started_ = iv_fits_ && tag_fits_;
      current_ = {};
      packet.open = open_;
      packet.version = version_;
    } else if (name == "Key") {
      copy_hex(value, packet.key);
    } else if (name == "IV") {
      copy_hex(value, packet.nonce);
    } else if (name == "AAD") {
      packet.aad = bytes_of(value);
    } else if (name == "Tag") {
      copy_hex(value, open_ ? packet.icv : current_.expected.tag);
    } else if (name == "PT") {
      (open_ ? current_.expected.text : packet.text) = bytes_of(value);
    } else if (name == "CT") {
      (open_ ? packet.text : current_.expected.text) = bytes_of(value);
    }
  }

  void finish() {
    if (started_) cases_.push_back(current_);
    started_ = false;
  }

  bool open_;
  unsigned version_;
  bool iv_fits_ = false;
  bool tag_fits_ = false;
  bool started_ = false;
  Case current_;
  std::vector<Case> cases_;
};

class GcmVectorsTest : public GcmLaneTest {
 protected:
  void run_file(bool open, unsigned version) {
    const std::string path = std::string(kDirectory) + (open ? "gcmDecrypt" : "gcmEncryptExtIV") +
                             (version == 1 ? "256" : "128") + ".rsp";
    if (!std::ifstream(path)) GTEST_SKIP() << "no " << path << " (Debian: python3-cryptography-vectors)";
    const std::vector<Case> cases = Reader(open, version).read(path);
    ASSERT_EQ(cases.size(), kCasesOfAFile);
    GcmLane lane(GetParam());
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

INSTANTIATE_TEST_SUITE_P(, GcmVectorsTest, testing::ValuesIn(kGcmShapes), shape_name);

}  // namespace
}  // namespace pspnic::rtl
