// SPDX-License-Identifier: Apache-2.0
// The watchdog: what it makes up for, when it gives up, and recovery.
#include <gtest/gtest.h>

#include "model/idpf/registers.h"
#include "testbench/tests/testbench/host/fake_device.h"
#include "testbench/tests/testbench/host/frames.h"

namespace pspnic::host::test {
namespace {

constexpr uint64_t kPeriod = 1'000'000'000;  // 1 ms

struct Listener : WatchdogListener {
  void on_stuck() override { ++stuck; }
  unsigned stuck = 0;
};

class WatchdogTest : public testing::Test {
 protected:
  WatchdogTest() {
    DriverConfig config;
    config.tx_ring = 128;
    config.rx_ring = 64;
    config.buffer_ring = 64;
    config.tso_slots = FakeDevice::kTsoSlots;
    config.watchdog_ps = kPeriod;
    driver_ = std::make_unique<Driver>(device_, config);
    driver_->set_watchdog_listener(&listener_);
    driver_->start(stack_);
  }
  bool send() {
    TxFrame tx;
    const auto frame = tcp_frame(100);
    tx.bytes = frame;
    const bool sent = driver_->transmit(0, tx);
    driver_->flush(0);
    return sent;
  }
  uint16_t fetched_tag() { return net::load_le16(&device_.fetch_tx(0).at(0)[12]); }

  FakeDevice device_;
  RecordingStack stack_;
  Listener listener_;
  std::unique_ptr<Driver> driver_;
};

TEST_F(WatchdogTest, SleepsAsLongAsNothingIsUnderWay) {
  device_.delay(100 * kPeriod);
  EXPECT_EQ(driver_->stats().tx_rung_again, 0u);
  EXPECT_EQ(listener_.stuck, 0u);
}

TEST_F(WatchdogTest, TakesACompletionWhoseInterruptWasLost) {
  ASSERT_TRUE(send());
  device_.complete_tx(0, idpf::TxCompletionType::kRs, fetched_tag());
  device_.delay(kPeriod - 1);
  EXPECT_EQ(stack_.sent.size(), 0u) << "a picosecond before the look";
  device_.delay(1);
  EXPECT_EQ(stack_.sent.size(), 1u);
  EXPECT_EQ(driver_->stats().tx_rung_again, 0u);
  device_.delay(10 * kPeriod);
  EXPECT_EQ(listener_.stuck, 0u);
}

TEST_F(WatchdogTest, RingsAgainAtTheFirstLookAndCallsForHelpAtTheSecond) {
  ASSERT_TRUE(send());
  const uint64_t doorbells = driver_->stats().tx_doorbells;
  device_.delay(kPeriod);
  EXPECT_EQ(driver_->stats().tx_rung_again, 1u);
  EXPECT_EQ(driver_->stats().tx_doorbells, doorbells);
  EXPECT_EQ(listener_.stuck, 0u);
  device_.delay(kPeriod - 1);
  EXPECT_EQ(listener_.stuck, 0u);
  device_.delay(1);
  EXPECT_EQ(listener_.stuck, 1u);
  EXPECT_EQ(driver_->stats().tx_stuck, 1u);
}

TEST_F(WatchdogTest, ADoorbellThatIsHeardTheSecondTimeHelps) {
  ASSERT_TRUE(send());
  device_.delay(kPeriod);
  device_.complete_tx(0, idpf::TxCompletionType::kRs, fetched_tag());
  device_.delay(10 * kPeriod);
  EXPECT_EQ(listener_.stuck, 0u);
  EXPECT_EQ(stack_.sent.size(), 1u);
}

TEST_F(WatchdogTest, RecoveryForgetsFramesAndStartsAnew) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(send());
  const size_t allocations = device_.allocations();
  driver_->recover(stack_);
  EXPECT_TRUE(driver_->running());
  EXPECT_EQ(driver_->stats().recoveries, 1u);
  EXPECT_EQ(driver_->stats().tx_lost_in_reset, 5u);
  EXPECT_EQ(driver_->in_flight(0), 0u);
  EXPECT_EQ(device_.allocations(), allocations) << "all memory of before is given back";
  EXPECT_TRUE(stack_.sent.empty()) << "what was lost is not reported as sent";
  ASSERT_TRUE(send());
}

TEST_F(WatchdogTest, ARecoveryThatFailsCanBeTriedAgain) {
  device_.refused[idpf::Opcode::kCreateVport] = idpf::Status::kEinval;
  EXPECT_THROW(driver_->recover(stack_), DriverError);
  EXPECT_FALSE(driver_->running());
  device_.refused.clear();
  driver_->recover(stack_);
  EXPECT_TRUE(driver_->running());
  EXPECT_EQ(driver_->stats().recoveries, 1u);
}

}  // namespace
}  // namespace pspnic::host::test
