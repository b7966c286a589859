// SPDX-License-Identifier: Apache-2.0
// What a sender must not do, and what a reset leaves.
#include "testbench/tests/rtl/aes/aes_core.h"

namespace pspnic::rtl_test {
namespace {

template <class Core>
class AesProtocolTest : public ::testing::Test {
 protected:
  // A beat is on offer and the core is full: it cannot be taken.
  void offer_to_a_full_core() {
    bench_->in_valid_i = 1;
    bench_.run(20);
    bench_.settle();
    ASSERT_EQ(bench_->in_ready_o, 0);
    ASSERT_FALSE(bench_.take_failure());
  }
  bool fails_next() {
    bench_.run(1);
    return bench_.take_failure();
  }

  Bench<typename Core::Top> bench_;
};
TYPED_TEST_SUITE(AesProtocolTest, AllAesCores);

TYPED_TEST(AesProtocolTest, NoticesValidDroppedWhileNotReady) {
  this->offer_to_a_full_core();
  this->bench_->in_valid_i = 0;
  EXPECT_TRUE(this->fails_next());
  EXPECT_FALSE(this->fails_next());
}

TYPED_TEST(AesProtocolTest, NoticesAPayloadChangedWhileNotReady) {
  auto& top = this->bench_.top();
  this->offer_to_a_full_core();
  EXPECT_FALSE(this->fails_next());
  top.in_block_i[0] ^= 1;
  EXPECT_TRUE(this->fails_next());
  top.in_key_i[7] ^= 0x80000000;
  EXPECT_TRUE(this->fails_next());
  top.in_side_i ^= 0x8000;
  EXPECT_TRUE(this->fails_next());
  if (TypeParam::kWideKeys) {
    top.in_key256_i = !top.in_key256_i;
    EXPECT_TRUE(this->fails_next());
  }
  EXPECT_FALSE(this->fails_next());
}

TYPED_TEST(AesProtocolTest, NoticesAKeyTooLongForIt) {
  if (TypeParam::kWideKeys) return;
  this->bench_->in_valid_i = 1;
  this->bench_->in_key256_i = 1;
  EXPECT_TRUE(this->fails_next());
}

TYPED_TEST(AesProtocolTest, AResetLosesWhatIsUnderWay) {
  this->offer_to_a_full_core();
  this->bench_->in_valid_i = 0;
  this->bench_.reset();
  this->bench_->out_ready_i = 1;
  for (int cycle = 0; cycle < 30; ++cycle) {
    this->bench_.settle();
    ASSERT_EQ(this->bench_->out_valid_o, 0);
    this->bench_.tick();
  }
  const auto beats = random_beats(100, TypeParam::kWideKeys, 7);
  const auto results = encrypt(this->bench_, beats);
  Ecb ecb;
  for (size_t i = 0; i < beats.size(); ++i) ASSERT_EQ(results[i].block, ecb.encrypt(beats[i]));
}

}  // namespace
}  // namespace pspnic::rtl_test
