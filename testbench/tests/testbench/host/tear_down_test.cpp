// SPDX-License-Identifier: Apache-2.0
// stop(): the order of messages, markers, memory, and starting again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/idpf/registers.h"
#include "testbench/tests/testbench/host/fake_device.h"
#include "testbench/tests/testbench/host/frames.h"

namespace pspnic::host::test {
namespace {

using idpf::Opcode;
using testing::ElementsAre;
using testing::HasSubstr;

class TearDownTest : public testing::Test {
 protected:
  TearDownTest() {
    DriverConfig config;
    config.queue_pairs = 2;
    config.tx_ring = 128;
    config.rx_ring = 64;
    config.buffer_ring = 64;
    config.tso_slots = FakeDevice::kTsoSlots;
    driver_ = std::make_unique<Driver>(device_, config);
    driver_->start(stack_);
    device_.requests.clear();
    device_.writes.clear();
  }
  FakeDevice device_;
  RecordingStack stack_;
  std::unique_ptr<Driver> driver_;
};

TEST_F(TearDownTest, MessagesInTheOrderOfLinux) {
  driver_->stop();
  std::vector<Opcode> opcodes;
  for (const Request& request : device_.requests) opcodes.push_back(request.opcode);
  EXPECT_THAT(opcodes, ElementsAre(Opcode::kDisableVport, Opcode::kDisableQueues, Opcode::kUnmapQueueVector,
                                   Opcode::kDelMacAddr, Opcode::kDestroyVport, Opcode::kDeallocVectors));
  EXPECT_EQ(device_.last_write(idpf::pf::glint_dyn_ctl(1)), 0u);
  EXPECT_EQ(device_.last_write(idpf::pf::glint_dyn_ctl(2)), 0u);
  EXPECT_EQ(device_.last_write(idpf::pf::kPfgenCtrl).value() & idpf::kPfSwr, idpf::kPfSwr);
  EXPECT_EQ(device_.config[1] & 4, 0u) << "bus mastering off";
  EXPECT_EQ(device_.request(Opcode::kDeallocVectors).as<idpf::VectorChunks>().num_vchunks, 1);
  EXPECT_FALSE(driver_->running());
  EXPECT_FALSE(driver_->link_up());
  EXPECT_TRUE(driver_->anomalies().empty());
  EXPECT_EQ(device_.allocations(), 0u) << "all DMA memory is given back";
}

TEST_F(TearDownTest, MissingMarkersAreOnlyAWarning) {
  device_.markers = false;
  const uint64_t begin = device_.now_ps();
  driver_->stop();
  EXPECT_GE(device_.now_ps() - begin, 500'000'000'000u);
  ASSERT_EQ(driver_->anomalies().size(), 1u);
  EXPECT_THAT(driver_->anomalies()[0], HasSubstr("2 marker completions"));
}

TEST_F(TearDownTest, FramesInFlightAreReportedBeforeTheEnd) {
  const auto frame = tcp_frame(10);
  TxFrame tx;
  tx.bytes = frame;
  tx.cookie = 8;
  ASSERT_TRUE(driver_->transmit(1, tx));
  driver_->flush(1);
  const auto descriptors = device_.fetch_tx(1);
  device_.complete_tx(1, idpf::TxCompletionType::kRs, net::load_le16(&descriptors.at(0)[12]));
  driver_->stop();
  EXPECT_THAT(stack_.sent, ElementsAre(std::pair(1u, uint64_t{8})));
}

TEST_F(TearDownTest, NothingWorksAfterwards) {
  driver_->stop();
  const auto frame = tcp_frame(10);
  TxFrame tx;
  tx.bytes = frame;
  EXPECT_FALSE(driver_->transmit(0, tx));
  EXPECT_EQ(driver_->transmit_room(0), 0u);
  driver_->flush(0);
  driver_->on_interrupt(1);
  driver_->on_interrupt(0);
  driver_->on_timer(1);
  EXPECT_THROW(driver_->vport_statistics(), DriverError);
  EXPECT_THROW(driver_->rotate_keys(), DriverError);
  driver_->stop();
}

TEST_F(TearDownTest, StartsAgainManyTimes) {
  for (int round = 0; round < 20; ++round) {
    driver_->stop();
    driver_->start(stack_);
    device_.receive(1, 1, tcp_frame(100));
    device_.interrupt(2);
    ASSERT_EQ(stack_.received.size(), static_cast<size_t>(round + 1));
    EXPECT_EQ(stack_.received.back().info.queue, 1u);
  }
  EXPECT_TRUE(driver_->anomalies().empty());
}

TEST_F(TearDownTest, SecondStartIsRefused) {
  EXPECT_THROW(driver_->start(stack_), DriverError);
  EXPECT_TRUE(driver_->running());
}

TEST_F(TearDownTest, LinkEventsAreFollowed) {
  device_.send_event(idpf::EventCode::kLinkChange, 0);
  EXPECT_FALSE(driver_->link_up());
  device_.send_event(idpf::EventCode::kLinkChange, 1);
  EXPECT_TRUE(driver_->link_up());
  device_.send_event(idpf::EventCode{99});
  EXPECT_THAT(driver_->anomalies().at(0), HasSubstr("unknown code 99"));
}

TEST_F(TearDownTest, InterruptsOfUnusedVectorsAreNoted) {
  driver_->on_interrupt(77);
  EXPECT_THAT(driver_->anomalies().at(0), HasSubstr("vector 77"));
}

}  // namespace
}  // namespace pspnic::host::test
