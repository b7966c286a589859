// SPDX-License-Identifier: Apache-2.0
// A device key that is dropped, replaced or reset leaves nothing in the unit. Two units do the same with
// different device keys; after that all that a Verilated unit remembers, which includes every register, must
// be the same in both.
#include <Vpsp_kdf_iterative___024root.h>
#include <Vpsp_kdf_iterative_gates___024root.h>
#include <Vpsp_kdf_pipelined___024root.h>
#include <Vpsp_kdf_pipelined_gates___024root.h>

#include "testbench/tests/rtl/kdf/kdf_bench.h"
#include "testbench/tests/rtl/memory.h"

namespace pspnic::rtl_test {
namespace {

template <class Core>
class KdfWipeTest : public ::testing::Test {
 protected:
  static constexpr unsigned kRest = 40;  // cycles

  KdfWipeTest() {
    run(kRest);
    always_ = differences();
  }

  std::set<size_t> differences() { return rtl_test::differences(*a_.bench()->rootp, *b_.bench()->rootp); }
  void expect_secrets() { EXPECT_GT(differences().size(), always_.size() + 32); }
  void expect_nothing_left() {
    run(kRest);
    EXPECT_EQ(differences(), always_);
  }

  template <class Beat>
  void offer(const Beat& to_a, const Beat& to_b) {
    a_.offer(to_a);
    b_.offer(to_b);
  }
  void offer(const KdfRequest& request) { offer(request, request); }
  void offer_load(bool slot) {
    offer(KdfKeyCommand{slot, false, random_.bytes<32>()}, KdfKeyCommand{slot, false, random_.bytes<32>()});
  }
  void offer_drop(bool slot) { offer(KdfKeyCommand{slot, true, {}}, KdfKeyCommand{slot, true, {}}); }
  void run(unsigned cycles) {
    a_.run(cycles);
    b_.run(cycles);
  }
  void drain() {
    a_.drain();
    b_.drain();
  }
  // Different keys in both units.
  void load(bool slot) {
    offer_load(slot);
    drain();
  }
  void ask_for_all_versions(bool slot) {
    for (uint8_t version = 0; version < 6; ++version) {
      offer(KdfRequest{spi(slot), version});
      drain();
    }
  }
  void reset() {
    for (KdfBench<Core>* kdf : {&a_, &b_}) {
      kdf->withdraw();
      kdf->reset();
    }
  }
  static uint32_t spi(bool slot) { return slot ? 0x80001000 : 0x1000; }

  Random random_{9};
  KdfBench<Core> a_, b_;
  std::set<size_t> always_;  // pointers
};
TYPED_TEST_SUITE(KdfWipeTest, AllKdfCores);

TYPED_TEST(KdfWipeTest, ADroppedKeyLeavesNothing) {
  for (const bool slot : {false, true}) {
    this->load(slot);
    this->ask_for_all_versions(slot);
    this->expect_secrets();
    this->offer_drop(slot);
    this->drain();
    this->expect_nothing_left();
  }
}

// The K1 of such a key comes back to an empty slot.
TYPED_TEST(KdfWipeTest, AKeyDroppedBeforeItsK1IsThereLeavesNothing) {
  for (const bool slot : {false, true}) {
    for (unsigned delay = 0; delay < 20; ++delay) {
      this->load(slot);
      this->run(delay);
      this->offer_drop(slot);
      this->drain();
      this->expect_nothing_left();
    }
  }
}

TYPED_TEST(KdfWipeTest, AKeyThatIsReplacedLeavesNothing) {
  for (const bool slot : {false, true}) {
    this->load(slot);
    this->ask_for_all_versions(slot);
    this->expect_secrets();
    const KdfKeyCommand same{slot, false, this->random_.template bytes<32>()};
    this->offer(same, same);
    this->drain();
    this->expect_nothing_left();
  }
}

// A second load waits for the K1 of the first, so that its key stands at the ports.
TYPED_TEST(KdfWipeTest, ALoadThatWaitedLeavesNothingOnceItIsDropped) {
  this->load(false);
  this->load(false);
  this->expect_secrets();
  this->offer_drop(false);
  this->drain();
  this->expect_nothing_left();
}

TYPED_TEST(KdfWipeTest, AResetLeavesNothingOfKeysAndRequestsAtWork) {
  for (uint8_t version = 0; version < 4; ++version) {
    for (unsigned cycles = 0; cycles < 40; ++cycles) {
      for (const bool slot : {false, true}) this->load(slot);
      this->run(this->kRest);
      this->offer(KdfRequest{this->spi(cycles % 2 != 0), version});
      this->run(cycles);
      this->expect_secrets();
      this->reset();
      this->expect_nothing_left();
    }
  }
}

TYPED_TEST(KdfWipeTest, AResetLeavesNothingOfALoadThatWaits) {
  for (unsigned cycles = 1; cycles < 8; ++cycles) {
    this->load(true);
    this->offer_load(true);
    this->run(cycles);
    ASSERT_TRUE(this->a_.command_waits() && this->b_.command_waits());
    this->expect_secrets();
    this->reset();
    this->expect_nothing_left();
  }
}

// Answers are not taken, so that the unit is full and a request waits: the drop is obeyed, and what had been
// taken leaves later.
TYPED_TEST(KdfWipeTest, ADropWhileARequestWaitsLeavesNothingOnceTheAnswersLeft) {
  for (uint8_t version = 0; version < 4; ++version) {
    this->load(false);
    this->run(this->kRest);
    for (KdfBench<TypeParam>* kdf : {&this->a_, &this->b_}) {
      kdf->bench()->rsp_ready_i = 0;
      for (int i = 0; i < 100; ++i) {
        if (!kdf->request_waits()) kdf->offer(KdfRequest{this->spi(false), version});
        kdf->step();
      }
      ASSERT_TRUE(kdf->request_waits());
    }
    this->offer_drop(false);
    this->run(5);
    this->expect_secrets();
    for (KdfBench<TypeParam>* kdf : {&this->a_, &this->b_}) kdf->bench()->rsp_ready_i = 1;
    this->drain();
    this->expect_nothing_left();
  }
}

}  // namespace
}  // namespace pspnic::rtl_test
