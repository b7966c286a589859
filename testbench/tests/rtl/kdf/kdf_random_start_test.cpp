// SPDX-License-Identifier: Apache-2.0
// Registers that no reset sets start at random, as those of hardware do. After a reset the unit works all the
// same, and no assertion fails.
#include <Vpsp_kdf_pipelined_random_start.h>

#include "testbench/tests/rtl/kdf/kdf_bench.h"

namespace pspnic::rtl_test {
namespace {

using RandomStartKdf = KdfCore<Vpsp_kdf_pipelined_random_start, 1>;

class KdfRandomStartTest : public ::testing::TestWithParam<int> {};

// KdfBench compares every answer with the model's, and the outputs between them with zeros.
TEST_P(KdfRandomStartTest, AfterAResetAnswersAreWhatTheyShouldBe) {
  KdfBench<RandomStartKdf> kdf(GetParam());
  Random random(7);
  for (int round = 0; round < 3; ++round) {
    for (const uint32_t spi : {0x00c0ffeeu, 0x80c0ffeeu}) {
      EXPECT_EQ(kdf.ask({spi, 1}).status, kNoKey);
      kdf.load(spi >> 31 != 0, random.bytes<32>());
      for (uint8_t version = 0; version < 4; ++version) EXPECT_EQ(kdf.ask({spi, version}).status, kOk);
    }
    // The next round begins with a reset amid a request.
    kdf.offer(KdfRequest{0x00c0ffee, 1});
    kdf.run(1);
    kdf.withdraw();
    kdf.reset();
  }
}

INSTANTIATE_TEST_SUITE_P(Seed, KdfRandomStartTest, ::testing::Range(1, 9));

}  // namespace
}  // namespace pspnic::rtl_test
