// SPDX-License-Identifier: Apache-2.0
// What the registers of a pipeline hold of keys. Both forms of a stage are to hold the same.
#include <Vaes_pipeline_256___024root.h>
#include <Vaes_pipeline_256_gates___024root.h>

#include "testbench/tests/rtl/aes/aes_core.h"

// As Verilator calls it.
#define WINDOW_OF_STAGE(i) \
  aes_pipeline__DOT__gen_stage__BRA__##i##__KET____DOT__gen_round__DOT__u_stage__DOT__window_q

namespace pspnic::rtl_test {
namespace {

template <class Core>
class AesRegistersTest : public ::testing::Test {
 protected:
  // The windows of the stages that a block with a 128-bit key passes as it is. Nothing reads stage 14's.
  bool late_windows_are_zero() {
    const auto& root = *bench_->rootp;
    const auto zero = [](const VlWide<8>& window) {
      return std::all_of(window.data(), window.data() + 8, [](EData word) { return word == 0; });
    };
    return zero(root.WINDOW_OF_STAGE(11)) && zero(root.WINDOW_OF_STAGE(12)) && zero(root.WINDOW_OF_STAGE(13));
  }

  Bench<typename Core::Top> bench_;
};
using WidePipelines = ::testing::Types<Pipeline256, Pipeline256Gates>;
TYPED_TEST_SUITE(AesRegistersTest, WidePipelines);

TYPED_TEST(AesRegistersTest, AShortKeyIsNotExpandedBehindItsLastRound) {
  Random random(11);
  AesBeat beat{.key = random.bytes<32>(), .key256 = true, .block = random.bytes<16>()};
  encrypt(this->bench_, {beat});
  EXPECT_FALSE(this->late_windows_are_zero());
  beat.key256 = false;
  encrypt(this->bench_, {beat});
  EXPECT_TRUE(this->late_windows_are_zero());
}

}  // namespace
}  // namespace pspnic::rtl_test
