// SPDX-License-Identifier: Apache-2.0
// Keys loaded, replaced and dropped while requests are under way, and senders that break the rules.
#include "testbench/tests/rtl/kdf/kdf_bench.h"

namespace pspnic::rtl_test {
namespace {

template <class Core>
class KdfKeysTest : public ::testing::Test {
 protected:
  KdfKeysTest() {
    kdf_.load(false, random_.bytes<32>());
    kdf_.load(true, random_.bytes<32>());
    kdf_.run(40);
  }
  bool fails_next() {
    kdf_.bench().run(1);
    return kdf_.bench().take_failure();
  }

  Random random_{5};
  KdfBench<Core> kdf_;
};
TYPED_TEST_SUITE(KdfKeysTest, AllKdfCores);

// The load is offered d cycles after the request, which then has the old key or the new one, never a mixture;
// KdfBench expects the key of the cycle in which the request is taken.
TYPED_TEST(KdfKeysTest, ARequestHasOneKeyWheneverALoadComes) {
  for (uint8_t version = 0; version < 4; ++version) {
    for (unsigned delay = 0; delay < 40; ++delay) {
      this->kdf_.offer(KdfRequest{0x00c0ffee, version});
      this->kdf_.run(delay);
      this->kdf_.offer(KdfKeyCommand{false, false, this->random_.template bytes<32>()});
      this->kdf_.drain();
      EXPECT_EQ(this->kdf_.done().back().answer.status, kOk);
      this->kdf_.run(40);
    }
  }
}

TYPED_TEST(KdfKeysTest, ADropTakesEffectAtOnceAndLeavesWhatWasTaken) {
  for (uint8_t version = 0; version < 4; ++version) {
    for (unsigned delay = 0; delay < 40; ++delay) {
      const uint64_t offered = this->kdf_.bench().cycle() + delay;
      this->kdf_.offer(KdfRequest{0x80c0ffee, version});
      this->kdf_.run(delay);
      this->kdf_.offer(KdfKeyCommand{true, true, {}});
      this->kdf_.drain();
      EXPECT_EQ(this->kdf_.command_taken(), offered);
      EXPECT_EQ(this->kdf_.ask({0x80c0ffee, version}).status, kNoKey);
      EXPECT_EQ(this->kdf_.ask({0x00c0ffee, version}).status, kOk);
      this->kdf_.load(true, this->random_.template bytes<32>());
      this->kdf_.run(40);
    }
  }
}

// A K1 that comes back for a key dropped or replaced meanwhile must not be used with the next one.
TYPED_TEST(KdfKeysTest, AKeyReplacedBeforeItsK1IsThereLeavesNoTrace) {
  for (unsigned first_delay = 1; first_delay < 34; ++first_delay) {
    for (const bool drop : {false, true}) {
      this->kdf_.load(false, this->random_.template bytes<32>());
      this->kdf_.run(first_delay);
      this->kdf_.offer(KdfKeyCommand{false, drop, this->random_.template bytes<32>()});
      while (this->kdf_.command_waits()) this->kdf_.step();
      this->kdf_.offer(KdfKeyCommand{false, false, this->random_.template bytes<32>()});
      while (this->kdf_.command_waits()) this->kdf_.step();
      EXPECT_EQ(this->kdf_.ask({0x00c0ffee, 1}).status, kOk);
    }
  }
}

// No answer is taken, so nothing moves: a drop is obeyed all the same.
TYPED_TEST(KdfKeysTest, ADropNeverWaits) {
  this->kdf_.bench()->rsp_ready_i = 0;
  for (int i = 0; i < 100; ++i) {
    if (!this->kdf_.request_waits()) this->kdf_.offer(KdfRequest{0x00c0ffee, 0});
    this->kdf_.step();
  }
  ASSERT_TRUE(this->kdf_.request_waits());
  const uint64_t now = this->kdf_.bench().cycle();
  this->kdf_.offer(KdfKeyCommand{false, true, {}});
  this->kdf_.step();
  EXPECT_FALSE(this->kdf_.command_waits());
  EXPECT_EQ(this->kdf_.command_taken(), now);
  this->kdf_.bench()->rsp_ready_i = 1;
  this->kdf_.drain();
  EXPECT_EQ(this->kdf_.done().back().answer.status, kNoKey);
}

TYPED_TEST(KdfKeysTest, ADropOfTheOtherKeyTouchesNoHalf) {
  for (unsigned delay = 0; delay < 40; ++delay) {
    this->kdf_.offer(KdfRequest{0x00c0ffee, 1});
    this->kdf_.run(delay);
    this->kdf_.offer(KdfKeyCommand{true, true, {}});
    this->kdf_.drain();
    EXPECT_EQ(this->kdf_.done().back().answer.status, kOk);
    this->kdf_.load(true, this->random_.template bytes<32>());
    this->kdf_.run(40);
  }
}

TYPED_TEST(KdfKeysTest, ALoadGoesBeforeARequestOfTheSameCycle) {
  const auto key = this->random_.template bytes<32>();
  const uint64_t now = this->kdf_.bench().cycle();
  this->kdf_.offer(KdfRequest{0x00c0ffee, 3});
  this->kdf_.offer(KdfKeyCommand{false, false, key});
  this->kdf_.drain();
  EXPECT_EQ(this->kdf_.command_taken(), now);
  EXPECT_GT(this->kdf_.done().back().taken, now);
}

TYPED_TEST(KdfKeysTest, AResetForgetsKeysAndWhatIsUnderWay) {
  for (unsigned cycles = 1; cycles < 40; cycles += 3) {
    this->kdf_.offer(KdfRequest{0x00c0ffee, 1});
    this->kdf_.run(cycles);
    if (this->kdf_.request_waits()) this->kdf_.drain();
    this->kdf_.reset();
    for (const uint32_t spi : {0x00c0ffeeu, 0x80c0ffeeu}) {
      EXPECT_EQ(this->kdf_.ask({spi, 1}).status, kNoKey);
      this->kdf_.load(spi >> 31 != 0, this->random_.template bytes<32>());
    }
  }
}

// Against the rules, but no key may be made of two requests.
TYPED_TEST(KdfKeysTest, ARequestWithdrawnOrChangedBetweenItsHalvesLeavesNothing) {
  auto& bench = this->kdf_.bench();
  for (const bool withdrawn : {true, false}) {
    for (const KdfRequest next :
         {KdfRequest{0x00bad000, 0}, KdfRequest{0x00bad000, 1}, KdfRequest{0x80bad000, 3}}) {
      bench->req_valid_i = 1;
      bench->req_spi_i = 0x00c0ffee;
      bench->req_version_i = 1;
      bench.run(1);  // its first half goes
      if (withdrawn) {
        bench->req_valid_i = 0;
        EXPECT_TRUE(this->fails_next());
      }
      this->kdf_.ask(next);  // checked against the model
      bench.take_failure();
      this->kdf_.run(40);
    }
  }
}

TYPED_TEST(KdfKeysTest, NoticesBrokenHandshakes) {
  auto& bench = this->kdf_.bench();
  bench->rsp_ready_i = 0;
  bench->req_valid_i = 1;
  bench.run(100);
  bench.settle();
  ASSERT_EQ(bench->req_ready_o, 0);
  ASSERT_FALSE(bench.take_failure());
  bench->req_spi_i = 1;
  EXPECT_TRUE(this->fails_next());
  bench->req_valid_i = 0;
  EXPECT_TRUE(this->fails_next());

  bench->key_valid_i = 1;
  bench.settle();
  ASSERT_EQ(bench->key_ready_o, 0);
  EXPECT_FALSE(this->fails_next());
  bench->key_slot_i = !bench->key_slot_i;
  EXPECT_TRUE(this->fails_next());
  bench->key_valid_i = 0;
  EXPECT_TRUE(this->fails_next());
  EXPECT_FALSE(this->fails_next());
}

}  // namespace
}  // namespace pspnic::rtl_test
