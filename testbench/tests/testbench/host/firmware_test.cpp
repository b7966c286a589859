// SPDX-License-Identifier: Apache-2.0
// The driver's messages answered by the real control plane instead of canned replies: each must be accepted.
#include <gtest/gtest.h>

#include "testbench/tests/firmware/fake_hardware.h"
#include "testbench/tests/testbench/host/fake_device.h"

namespace pspnic::host::test {
namespace {

using idpf::Opcode;

class FirmwareTest : public testing::Test {
 protected:
  FirmwareTest() : plane_(hardware_) {
    hardware_.plane = &plane_;
    plane_.reset();
    constexpr size_t kMsixControl = 0x50 / 4;
    device_.config[kMsixControl] = 0x11 | (hardware_.config.vectors - 1u) << 16;
    for (const Opcode opcode :
         {Opcode::kVersion,      Opcode::kGetCaps,        Opcode::kGetOemCaps,
          Opcode::kAllocVectors, Opcode::kDeallocVectors, Opcode::kCreateVport,
          Opcode::kDestroyVport, Opcode::kGetPtypeInfo,   Opcode::kEnableVport,
          Opcode::kDisableVport, Opcode::kConfigTxQueues, Opcode::kConfigRxQueues,
          Opcode::kEnableQueues, Opcode::kMapQueueVector, Opcode::kUnmapQueueVector,
          Opcode::kAddMacAddr,   Opcode::kDelMacAddr,     Opcode::kConfigPromiscuousMode,
          Opcode::kSetRssKey,    Opcode::kSetRssLut,      Opcode::kGetStats,
          Opcode::kPspGetCaps,   Opcode::kPspSetConfig,   Opcode::kPspRotateKey,
          Opcode::kPspAllocRxSa, Opcode::kPspFreeRxSa,    Opcode::kPspAddTxSa,
          Opcode::kPspDelTxSa,   Opcode::kPspGetStats}) {
      device_.answers[opcode] = [this](const Request& request) { return ask(request); };
    }
    // The markers are the data path's: the fake device posts them, then the firmware is asked.
    device_.answers[Opcode::kDisableQueues] = [this](const Request& request) {
      for (const auto& [id, context] : hardware_.tx) {
        device_.complete_tx(id, idpf::TxCompletionType::kSwMarker, 0);
      }
      return ask(request);
    };
  }

  Answer ask(const Request& request) {
    firmware::MailboxMessage message;
    message.descriptor.flags = idpf::kMbxFlagsRequest;
    message.descriptor.opcode = idpf::MailboxOpcode::kSendToCp;
    message.descriptor.datalen = static_cast<uint16_t>(request.payload.size());
    message.descriptor.v_opcode = request.opcode;
    message.payload = request.payload;
    hardware_.sent.clear();
    plane_.handle(message);
    for (const firmware::MailboxMessage& sent : hardware_.sent) {
      if (sent.descriptor.v_opcode != Opcode::kEvent) return {sent.descriptor.v_retval, sent.payload};
    }
    ADD_FAILURE() << idpf::opcode_name(request.opcode) << " is not answered";
    return {idpf::Status::kEio, {}};
  }

  firmware::FakeHardware hardware_;
  firmware::ControlPlane plane_;
  FakeDevice device_;
  RecordingStack stack_;
};

TEST_F(FirmwareTest, StartAndStop) {
  DriverConfig config;
  config.queue_pairs = 4;
  config.mtu = 9216;
  config.buffer_bytes = 10240;
  config.tso_slots = 2;
  config.promiscuous = true;
  Driver driver(device_, config);
  for (int round = 0; round < 2; ++round) {
    driver.start(stack_);
    EXPECT_EQ(driver.mac(), hardware_.config.mac);
    EXPECT_TRUE(driver.psp_available());
    EXPECT_EQ(hardware_.queues.size(), 4u * 5);
    for (const auto& [queue, enabled] : hardware_.queues) EXPECT_TRUE(enabled);
    EXPECT_TRUE(hardware_.rx.at(0).psp);
    EXPECT_TRUE(hardware_.tx.at(3).psp);
    EXPECT_EQ(hardware_.mappings.size(), 8u);
    driver.stop();
    EXPECT_TRUE(hardware_.mappings.empty());
    plane_.reset();
    hardware_.device_reset();
  }
  EXPECT_TRUE(driver.anomalies().empty());
}

TEST_F(FirmwareTest, PspCommands) {
  hardware_.config.tx_sa_slots = 128;
  DriverConfig config;
  config.tso = false;
  Driver driver(device_, config);
  driver.start(stack_);
  const auto receive = driver.allocate_rx_sas(psp::Version::kAesGcm256, 100);
  ASSERT_EQ(receive.size(), 100u);
  std::vector<TxSaRequest> requests;
  for (const RxSa& sa : receive) requests.push_back({sa.spi, sa.version, sa.key});
  const auto handles = driver.add_tx_sas(requests);
  for (const SaHandle& handle : handles) {
    ASSERT_NE(handle.index, kNoSa);
    EXPECT_EQ(hardware_.tx_sas.at(handle.index).tag, handle.tag);
  }
  requests.resize(29);
  EXPECT_EQ(driver.add_tx_sas(requests).back().index, kNoSa) << "128 slots";
  EXPECT_EQ(driver.last_status(), static_cast<uint32_t>(idpf::Status::kEnospc));
  driver.delete_tx_sas(handles);
  const uint8_t before = driver.psp_caps().generation;
  EXPECT_EQ(driver.rotate_keys(), (before + 1) % 128);
  EXPECT_EQ(driver.psp_statistics().tx_sa_in_use, 28u);
  driver.vport_statistics();
  EXPECT_TRUE(driver.anomalies().empty());
}

}  // namespace
}  // namespace pspnic::host::test
