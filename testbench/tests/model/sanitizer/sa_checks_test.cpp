// SPDX-License-Identifier: Apache-2.0
// Keys that come again, and IVs that are given: what another device would use twice.
#include "model/sanitizer/sa_checks.h"

#include <gtest/gtest.h>

namespace pspnic::sanitizer {
namespace {

using base::DriverRule;

class SaChecksTest : public testing::Test {
 protected:
  static constexpr uint64_t kLast = 1000;  // IV of the packet

  // An SA that has sealed a packet.
  void SetUp() override {
    write(1, 0);
    checks_.sealed(sa().key.view(), kLast);
  }
  static crypto::Sa sa() {
    crypto::Sa sa;
    sa.spi = 5;
    sa.key = psp::SessionKey(std::array<uint8_t, 16>{7});
    return sa;
  }
  void write(uint32_t slot, uint64_t first_iv) { checks_.written(slot, sa(), first_iv); }
  // The rule of the only report; kCount: none.
  DriverRule rule() const {
    EXPECT_LE(log_.count(), 1u);
    return log_.count() == 0 ? DriverRule::kCount : log_.first()[0].rule;
  }

  base::EventQueue events_{"events"};
  base::ViolationLog log_{"device"};
  Reporter reporter_{events_, log_};
  SaChecks checks_{reporter_, {1, 2}};
};

TEST_F(SaChecksTest, AKeyMayComeBackAboveItsIvs) {
  checks_.erased(1);
  write(2, kLast + 1);
  EXPECT_EQ(rule(), DriverRule::kCount);
}

TEST_F(SaChecksTest, AKeyThatComesBackAtAnIvOfItsOwnUsesItTwice) {
  checks_.erased(1);
  write(2, kLast);
  EXPECT_EQ(rule(), DriverRule::kPspIvReuse);
}

TEST_F(SaChecksTest, AKeyThatComesBackWithoutAnIvBeginsAnew) {
  checks_.erased(1);
  write(2, 0);
  EXPECT_EQ(rule(), DriverRule::kPspKeyReuse);
}

TEST_F(SaChecksTest, TwoSlotsOfOneKeyCountApart) {
  write(2, kLast + 1);
  EXPECT_EQ(rule(), DriverRule::kPspKeyReuse);
}

TEST_F(SaChecksTest, ASlotWrittenOverHoldsItsKeyNoMore) {
  write(1, kLast + 1);
  EXPECT_EQ(rule(), DriverRule::kCount);
}

TEST_F(SaChecksTest, SlotsHaveTheNumbersOfTheirFunction) {
  SaChecks checks{reporter_, {1, 2}, [](uint32_t slot) { return slot - 100; }};
  checks.written(103, sa(), 0);
  checks.written(104, sa(), 0);
  ASSERT_EQ(log_.count(), 1u);
  EXPECT_EQ(log_.first()[0].part, "SA slot 4");
  queue::TxJob job;
  job.sa_index = 105;
  checks.missed(job, "descriptor 1");
  ASSERT_EQ(log_.count(), 2u);
  EXPECT_EQ(log_.first()[1].seen, "slot 5, tag 0");
}

TEST_F(SaChecksTest, ZeroIsAnIvToo) {
  checks_.iv_given(1, 0);
  EXPECT_EQ(rule(), DriverRule::kPspIvReuse);
}

TEST_F(SaChecksTest, WhatHasSealedNothingMayBeginAnywhere) {
  crypto::Sa fresh = sa();
  fresh.key = psp::SessionKey(std::array<uint8_t, 16>{8});
  checks_.written(3, fresh, 5);
  checks_.iv_given(3, 4);
  EXPECT_EQ(rule(), DriverRule::kCount);
}

TEST_F(SaChecksTest, AResetForgetsKeysButNotTheirIvs) {
  checks_.reset();
  write(1, 0);
  EXPECT_EQ(rule(), DriverRule::kCount);
  checks_.iv_given(1, kLast);
  EXPECT_EQ(rule(), DriverRule::kPspIvReuse);
}

TEST_F(SaChecksTest, AFunctionsResetForgetsItsKeys) {
  checks_.reset(uint16_t{0});
  write(1, 0);
  EXPECT_EQ(rule(), DriverRule::kCount);
  checks_.iv_given(1, kLast);
  EXPECT_EQ(rule(), DriverRule::kPspIvReuse) << "its IVs are the peer's affair as well";
}

TEST_F(SaChecksTest, AResetOfAnotherFunctionForgetsNothing) {
  checks_.reset(uint16_t{1});
  checks_.erased(1);
  write(2, 0);
  EXPECT_EQ(rule(), DriverRule::kPspKeyReuse);
}

TEST_F(SaChecksTest, ASlotErasedAfterItsFunctionsResetCountsOnce) {
  checks_.reset(uint16_t{0});
  checks_.erased(1);
  write(1, 0);
  EXPECT_EQ(rule(), DriverRule::kCount);
}

}  // namespace
}  // namespace pspnic::sanitizer
