// SPDX-License-Identifier: Apache-2.0
// What the key derivation answers: the repository's known answers, random requests under random stalls while
// keys come and go, and requests that have no answer.
#include <fstream>
#include <nlohmann/json.hpp>

#include "testbench/tests/rtl/kdf/kdf_bench.h"

namespace pspnic::rtl_test {
namespace {

template <class Core>
class KdfAnswersTest : public ::testing::Test {
 protected:
  KdfBench<Core> kdf_;
};
TYPED_TEST_SUITE(KdfAnswersTest, AllKdfCores);

TYPED_TEST(KdfAnswersTest, GivesTheKnownAnswers) {
  std::ifstream file(PSPNIC_SOURCE_DIR "/vectors/psp/kdf.json");
  const auto vectors = nlohmann::json::parse(file).at("vectors");
  ASSERT_GE(vectors.size(), 20u);
  for (const auto& vector : vectors) {
    const auto device_key = from_hex(vector.at("device_key").template get<std::string>());
    const auto session_key = from_hex(vector.at("session_key").template get<std::string>());
    KdfRequest request;
    request.spi =
        static_cast<uint32_t>(std::stoul(vector.at("spi").template get<std::string>(), nullptr, 16));
    request.version = vector.at("version").template get<uint8_t>();
    DeviceKeyBytes key;
    std::copy_n(device_key.begin(), 32, key.begin());
    this->kdf_.load(request.spi >> 31, key);
    KdfAnswer expected;
    std::copy(session_key.begin(), session_key.end(), expected.key.begin());
    EXPECT_EQ(this->kdf_.ask(request), expected) << vector.dump();
  }
}

TYPED_TEST(KdfAnswersTest, RefusesWhatItCannotDerive) {
  EXPECT_EQ(this->kdf_.ask({0x12345678, 0}).status, kNoKey);
  EXPECT_EQ(this->kdf_.ask({0x92345678, 3}).status, kNoKey);
  EXPECT_EQ(this->kdf_.ask({0x12345678, 4}).status, kIllegalVersion);
  Random random(1);
  this->kdf_.load(false, random.bytes<32>());
  for (uint8_t version = 0; version < 16; ++version) {
    const KdfAnswer answer = this->kdf_.ask({0x12345678, version});
    EXPECT_EQ(answer.status, version < 4 ? kOk : kIllegalVersion);
    if (version >= 4) {
      EXPECT_EQ(answer.key, DeviceKeyBytes{});
    }
    EXPECT_EQ(this->kdf_.ask({0x92345678, version}).status, version < 4 ? kNoKey : kIllegalVersion);
  }
}

struct Traffic {
  unsigned request_percent, stall_percent, command_permille;
};

TYPED_TEST(KdfAnswersTest, AnswersAsTheModelDoesWhileKeysComeAndGo) {
  constexpr unsigned kRequests = TypeParam::kBlockCycles == 1 ? 20000 : 1500;
  Random random(2);
  for (const Traffic traffic : {Traffic{100, 0, 5}, Traffic{50, 50, 10}, Traffic{90, 20, 100}}) {
    for (unsigned sent = 0; sent < kRequests;) {
      if (!this->kdf_.request_waits() && random.chance(traffic.request_percent)) {
        const auto version = static_cast<uint8_t>(random.chance(95) ? random.below(4) : random.below(16));
        this->kdf_.offer(KdfRequest{static_cast<uint32_t>(random.word()), version});
        ++sent;
      }
      if (!this->kdf_.command_waits() && random.below(1000) < traffic.command_permille) {
        this->kdf_.offer(KdfKeyCommand{random.chance(50), random.chance(20), random.bytes<32>()});
      }
      this->kdf_.bench()->rsp_ready_i = !random.chance(traffic.stall_percent);
      this->kdf_.step();
    }
  }
  this->kdf_.bench()->rsp_ready_i = 1;
  this->kdf_.drain();
  EXPECT_EQ(this->kdf_.done().size(), 3 * kRequests);
}

}  // namespace
}  // namespace pspnic::rtl_test
