// SPDX-License-Identifier: Apache-2.0
// Cycles of the key derivation: a server with one occupancy and one latency for each size of key.
#include "testbench/tests/rtl/kdf/kdf_bench.h"

namespace pspnic::rtl_test {
namespace {

constexpr unsigned kLatency = 15;  // of one block, from its offer to an idle engine

template <class Core>
class KdfTimingTest : public ::testing::Test {
 protected:
  static constexpr uint64_t occupancy(uint8_t version) { return Core::kBlockCycles * (version % 2 + 1); }
  static constexpr uint64_t latency(uint8_t version) {
    return kLatency + (version % 2 != 0 ? Core::kBlockCycles : 0);
  }

  Random random_{6};
  KdfBench<Core> kdf_;
};
TYPED_TEST_SUITE(KdfTimingTest, AllKdfCores);

TYPED_TEST(KdfTimingTest, AnswersAreAServersWithOneOccupancyAndOneLatency) {
  this->kdf_.load(false, this->random_.template bytes<32>());
  this->kdf_.load(true, this->random_.template bytes<32>());
  this->kdf_.run(60);
  constexpr unsigned kRequests = 500;
  for (const unsigned percent : {100u, 40u, 5u}) {
    for (unsigned sent = 0; sent < kRequests;) {
      if (!this->kdf_.request_waits() && this->random_.chance(percent)) {
        const auto version = static_cast<uint8_t>(this->random_.below(4));
        this->kdf_.offer(KdfRequest{static_cast<uint32_t>(this->random_.word()), version});
        ++sent;
      }
      this->kdf_.step();
    }
  }
  this->kdf_.drain();
  uint64_t free = 0;
  for (const auto& done : this->kdf_.done()) {
    const uint64_t start = std::max(done.offered, free);
    ASSERT_EQ(done.shown, start + this->latency(done.request.version));
    free = start + this->occupancy(done.request.version);
  }
}

TYPED_TEST(KdfTimingTest, AnswersEvery128BitKeyInOneBlockTime) {
  this->kdf_.load(false, this->random_.template bytes<32>());
  this->kdf_.run(60);
  for (int i = 0; i < 100; ++i) {
    this->kdf_.offer(KdfRequest{0x1000, 0});
    while (this->kdf_.request_waits()) this->kdf_.step();
  }
  this->kdf_.drain();
  const auto& done = this->kdf_.done();
  for (size_t i = 1; i < done.size(); ++i) {
    ASSERT_EQ(done[i].shown, done[i - 1].shown + TypeParam::kBlockCycles);
  }
}

TYPED_TEST(KdfTimingTest, AKeyIsUsable16CyclesAfterItsLoad) {
  this->kdf_.run(40);
  this->kdf_.offer(KdfKeyCommand{false, false, this->random_.template bytes<32>()});
  this->kdf_.step();
  ASSERT_FALSE(this->kdf_.command_waits());
  this->kdf_.ask({0x1000, 0});
  EXPECT_EQ(this->kdf_.done().back().taken, this->kdf_.command_taken() + 16);
}

}  // namespace
}  // namespace pspnic::rtl_test
