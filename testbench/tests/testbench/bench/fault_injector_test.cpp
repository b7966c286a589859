// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/fault_injector.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>

namespace pspnic::bench {
namespace {

using pcie::DmaStatus;
using pcie::ReadFor;

class FaultInjectorTest : public testing::Test {
 protected:
  FaultInjector& make(uint64_t seed = 1, const char* name = "faults_a") {
    injector_.reset();
    root_ = std::make_unique<base::StatGroup>("bench");
    injector_ = std::make_unique<FaultInjector>(*root_, name, params_, seed);
    injector_->arm(true);
    return *injector_;
  }
  std::vector<DmaStatus> reads(FaultInjector& injector, ReadFor purpose, unsigned count) {
    std::vector<DmaStatus> list;
    for (unsigned i = 0; i < count; ++i) list.push_back(injector.on_read(purpose, data_));
    return list;
  }

  FaultParams params_;
  std::array<uint8_t, 64> data_{};
  std::unique_ptr<base::StatGroup> root_;
  std::unique_ptr<FaultInjector> injector_;
};

TEST_F(FaultInjectorTest, DoesNothingUnlessArmed) {
  params_.write_lost = params_.data_read.aborted = params_.doorbell.lost = params_.stall.lanes = 1;
  FaultInjector& injector = make();
  injector.arm(false);
  EXPECT_EQ(injector.on_read(ReadFor::kPacketData, data_), DmaStatus::kOk);
  EXPECT_FALSE(injector.on_write());
  EXPECT_FALSE(injector.on_doorbell().lost);
  EXPECT_EQ(injector.lanes().next_stall(), 0u);
  injector.arm(true);
  EXPECT_EQ(injector.on_read(ReadFor::kPacketData, data_), DmaStatus::kAborted);
  EXPECT_TRUE(injector.on_write());
  EXPECT_TRUE(injector.on_doorbell().lost);
  EXPECT_EQ(injector.lanes().next_stall(), params_.stall.time.ps);
  EXPECT_EQ(injector.counts().data_reads_aborted.value(), 1u);
  EXPECT_EQ(injector.counts().writes_lost.value(), 1u);
  EXPECT_EQ(injector.counts().doorbells_lost.value(), 1u);
  EXPECT_EQ(injector.counts().lane_stalls.value(), 1u);
}

TEST_F(FaultInjectorTest, ReadsFailByPurpose) {
  params_.descriptor_read.poisoned = 1;
  params_.mailbox_read.aborted = 1;
  FaultInjector& injector = make();
  EXPECT_EQ(injector.on_read(ReadFor::kDescriptors, data_), DmaStatus::kPoisoned);
  EXPECT_EQ(injector.on_read(ReadFor::kMailbox, data_), DmaStatus::kAborted);
  EXPECT_EQ(injector.on_read(ReadFor::kPacketData, data_), DmaStatus::kOk);
  EXPECT_EQ(injector.on_read(ReadFor::kOther, data_), DmaStatus::kOk);
  EXPECT_EQ(injector.counts().descriptor_reads_poisoned.value(), 1u);
  EXPECT_EQ(injector.counts().mailbox_reads_aborted.value(), 1u);
}

TEST_F(FaultInjectorTest, ADescriptorIsFlippedInOneBit) {
  params_.descriptor_flipped = 1;
  FaultInjector& injector = make();
  for (unsigned i = 1; i <= 100; ++i) {
    data_.fill(0);
    EXPECT_EQ(injector.on_read(ReadFor::kDescriptors, data_), DmaStatus::kOk);
    int bits = 0;
    for (const uint8_t byte : data_) bits += std::popcount(byte);
    ASSERT_EQ(bits, 1);
    EXPECT_EQ(injector.counts().descriptors_flipped.value(), i);
  }
  data_.fill(0);
  injector.on_read(ReadFor::kPacketData, data_);
  EXPECT_EQ(data_, (std::array<uint8_t, 64>{}));
}

TEST_F(FaultInjectorTest, TheSeedDecidesAndOneFaultDoesNotShiftAnother) {
  params_.data_read.aborted = 0.1;
  const auto first = reads(make(4), ReadFor::kPacketData, 1000);
  EXPECT_EQ(reads(make(4), ReadFor::kPacketData, 1000), first);
  EXPECT_NE(reads(make(5), ReadFor::kPacketData, 1000), first);
  EXPECT_NE(reads(make(4, "faults_b"), ReadFor::kPacketData, 1000), first);
  params_.data_read.poisoned = 0.2;
  params_.write_lost = 0.5;
  FaultInjector& both = make(4);
  for (unsigned i = 0; i < 1000; ++i) {
    both.on_write();
    const bool aborted = both.on_read(ReadFor::kPacketData, data_) == DmaStatus::kAborted;
    EXPECT_EQ(aborted, first[i] == DmaStatus::kAborted) << i;
  }
}

TEST_F(FaultInjectorTest, ADoorbellIsLostOrLate) {
  params_.doorbell.delayed = 1;
  params_.doorbell.delay.ps = 777;
  EXPECT_EQ(make().on_doorbell().delay, 777u);
  EXPECT_EQ(injector_->counts().doorbells_delayed.value(), 1u);
  params_.doorbell.lost = 1;
  EXPECT_TRUE(make().on_doorbell().lost);
  EXPECT_EQ(injector_->counts().doorbells_delayed.value(), 0u);
}

}  // namespace
}  // namespace pspnic::bench
