// SPDX-License-Identifier: Apache-2.0
// The driver under the PSP core: what becomes of each operation on the mailbox, and of the device's events.
#include "testbench/host/driver_psp.h"

#include <gtest/gtest.h>

#include "testbench/tests/testbench/host/fake_device.h"
#include "testbench/tests/testbench/host/frames.h"

namespace pspnic::host::test {
namespace {

using idpf::Opcode;

constexpr psp::Version kV0 = psp::Version::kAesGcm128;

class DriverPspTest : public testing::Test {
 protected:
  void SetUp() override {
    DriverConfig config = small_config();
    config.byte_queues = true;
    driver_ = std::make_unique<Driver>(device_, config);
    driver_->start(stack_);
    psp_ = std::make_unique<DriverPsp>(*driver_);
    ASSERT_EQ(psp_->register_with(core_), PspErrno::kOk);
  }
  PspAssociationRef associate() {
    PspResult result;
    PspAssociationRef association = psp_->device()->allocate(kV0, key_, result);
    EXPECT_TRUE(result.ok()) << result.text;
    return association;
  }
  TxSaRequest request() const { return {0x77, kV0, psp::SessionKey(std::vector<uint8_t>(16, 9))}; }

  FakeDevice device_;
  RecordingStack stack_;
  std::unique_ptr<Driver> driver_;
  PspCore core_;
  std::unique_ptr<DriverPsp> psp_;
  psp::SessionKey key_;
};

TEST_F(DriverPspTest, ReceiveIsOffUntilAskedFor) {
  const auto config = [&](size_t index) {
    return device_.request(Opcode::kPspSetConfig, index).as<idpf::PspConfig>().versions_ena;
  };
  EXPECT_EQ(config(1), 0u);
  EXPECT_TRUE(psp_->device()->set_config(0x3).ok());
  EXPECT_EQ(config(2), 0x3u);
  EXPECT_EQ(psp_->device()->versions(), 0xfu);
  EXPECT_EQ(psp_->device()->generation(), 3) << "the device's";
}

TEST_F(DriverPspTest, AssociationsHaveTheDevicesGeneration) {
  const PspAssociationRef association = associate();
  EXPECT_EQ(association->rx.generation, 3);
  EXPECT_EQ(association->rx.device, psp_->device()->id());
  EXPECT_EQ(key_.size, 16);
}

TEST_F(DriverPspTest, ExhaustionAndRefusalAreErrors) {
  device_.spis = 0;
  PspResult result;
  EXPECT_EQ(psp_->device()->allocate(kV0, key_, result), nullptr);
  EXPECT_EQ(result.error, PspErrno::kNoSpc);
  device_.refused[Opcode::kPspAllocRxSa] = idpf::Status::kEinval;
  EXPECT_EQ(psp_->device()->allocate(kV0, key_, result), nullptr);
  EXPECT_EQ(result.error, PspErrno::kIo);
  EXPECT_FALSE(psp_->last_error().empty());
}

TEST_F(DriverPspTest, AFullTableLeavesTheAssociation) {
  const PspAssociationRef association = associate();
  device_.answers[Opcode::kPspAddTxSa] = [](const Request& asked) {
    Answer reply{idpf::Status::kSuccess, asked.payload};
    auto sa = asked.element<idpf::PspTxSaList>(0);
    sa.status = static_cast<uint16_t>(idpf::Status::kEnospc);
    EXPECT_TRUE(idpf::write_element<idpf::PspTxSaList>(reply.payload, 0, sa));
    return reply;
  };
  EXPECT_EQ(psp_->device()->add_tx_key(*association, request()).error, PspErrno::kNoSpc);
  EXPECT_FALSE(association->has_tx);
  EXPECT_EQ(psp_->device()->counters().tx_keys, 0u);
}

// R11 on the driver: the device refuses, and stays where it was.
TEST_F(DriverPspTest, R11_RotationRefused) {
  device_.refused[Opcode::kPspRotateKey] = idpf::Status::kPspRotateTooSoon;
  EXPECT_EQ(psp_->device()->rotate().error, PspErrno::kIo);
  EXPECT_EQ(psp_->device()->generation(), 3);
  EXPECT_EQ(associate()->rx.generation, 3);
  device_.refused.clear();
  EXPECT_TRUE(psp_->device()->rotate().ok());
  EXPECT_EQ(psp_->device()->generation(), 4);
}

// R12: somebody else has rotated the key that the functions share.
TEST_F(DriverPspTest, R12_RotationEventOfTheDevice) {
  unsigned told = 0;
  core_.subscribe(PspGroup::kUse, [&](PspNotice, uint16_t) { ++told; });
  const PspAssociationRef association = associate();
  for (uint8_t generation = 4; generation <= 5; ++generation) {
    idpf::PspEvent event;
    event.event = idpf::EventCode::kPspKeyRotated;
    event.generation = generation;
    event.phase = generation & 1;
    for (int twice = 0; twice < 2; ++twice) {
      device_.send(Opcode::kEvent, bytes_of(event));
      device_.interrupt(0);
    }
    EXPECT_EQ(psp_->device()->generation(), generation);
    EXPECT_EQ(driver_->psp_caps().generation, generation);
    EXPECT_EQ(association->stale(), generation == 5);
  }
  EXPECT_EQ(told, 2u) << "once each";
}

TEST_F(DriverPspTest, CountersAreTheDevices) {
  PspDeviceCounters counters;
  ASSERT_TRUE(psp_->device()->get_stats(counters).ok());
  EXPECT_EQ(counters.rx_packets, 42u);
  EXPECT_TRUE(counters.complete());
}

// A key goes when all that was posted before is complete, out of order or not; on every queue.
TEST_F(DriverPspTest, R39_KeysAreDeletedBehindTheDescriptors) {
  PspAssociationRef association = associate();
  ASSERT_TRUE(psp_->device()->add_tx_key(*association, request()).ok());
  std::vector<uint16_t> tags;
  for (int i = 0; i < 3; ++i) {
    const std::vector<uint8_t> frame = tcp_frame(100);
    TxFrame tx;
    tx.bytes = frame;
    tx.sa = association->tx_handle;
    tx.spi = association->tx_spi;
    ASSERT_TRUE(driver_->transmit(0, tx));
    driver_->flush(0);
    tags.push_back(net::load_le16(&device_.fetch_tx(0).back()[12]));
    if (i == 1) association.reset();  // what follows is of another
    if (i == 1) {
      association = associate();
      ASSERT_TRUE(psp_->device()->add_tx_key(*association, request()).ok());
    }
  }
  const auto complete = [&](uint16_t tag) {
    device_.complete_tx(0, idpf::TxCompletionType::kRs, tag);
    device_.interrupt(1);
    psp_->device()->delete_drained();
    return device_.count_requests(Opcode::kPspDelTxSa);
  };
  EXPECT_EQ(complete(tags[1]), 0u);
  EXPECT_EQ(complete(tags[0]), 1u) << "the third need not be complete";
  EXPECT_EQ(psp_->device()->counters().tx_keys, 1u);
}

// A reset has taken frames and keys.
TEST_F(DriverPspTest, AResetDrains) {
  PspAssociationRef association = associate();
  ASSERT_TRUE(psp_->device()->add_tx_key(*association, request()).ok());
  const std::vector<uint8_t> frame = tcp_frame(100);
  TxFrame tx;
  tx.bytes = frame;
  ASSERT_TRUE(driver_->transmit(0, tx));
  association.reset();
  psp_->device()->delete_drained();
  EXPECT_EQ(psp_->device()->keys_to_delete(), 1u);
  driver_->recover(stack_);
  psp_->device()->delete_drained();
  EXPECT_EQ(psp_->device()->keys_to_delete(), 0u);
}

TEST_F(DriverPspTest, UnregisterDeletesTheKeys) {
  const PspAssociationRef association = associate();
  ASSERT_TRUE(psp_->device()->add_tx_key(*association, request()).ok());
  const std::shared_ptr<PspDevice> device = psp_->device();
  psp_->unregister_from(core_);
  EXPECT_EQ(device_.count_requests(Opcode::kPspDelTxSa), 1u);
  EXPECT_FALSE(device->registered());
  EXPECT_EQ(psp_->device(), nullptr);
  ASSERT_EQ(psp_->register_with(core_), PspErrno::kOk);
  EXPECT_NE(psp_->device()->id(), device->id());
}

// A device whose PSP part did not come up is no error, and nobody trips over it.
TEST(DriverPsp, WithoutPspThereIsNoDevice) {
  FakeDevice device;
  device.oem_caps = 0;
  RecordingStack stack;
  Driver driver(device, small_config());
  driver.start(stack);
  PspCore core;
  DriverPsp psp(driver);
  EXPECT_EQ(psp.register_with(core), PspErrno::kOpNotSupp);
  psp.unregister_from(core);
  EXPECT_TRUE(core.devices().empty());
  EXPECT_EQ(device.count_requests(Opcode::kPspSetConfig), 0u);
}

}  // namespace
}  // namespace pspnic::host::test
