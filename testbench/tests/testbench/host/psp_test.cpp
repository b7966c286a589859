// SPDX-License-Identifier: Apache-2.0
// The PSP messages: what is asked, how bulk requests are split, which answers are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "testbench/tests/testbench/host/fake_device.h"

namespace pspnic::host::test {
namespace {

using idpf::Opcode;
using testing::HasSubstr;

class PspTest : public testing::Test {
 protected:
  void start(auto change) {
    DriverConfig config;
    config.tx_ring = 128;
    config.rx_ring = 64;
    config.buffer_ring = 64;
    config.tso = false;
    change(config);
    driver_ = std::make_unique<Driver>(device_, config);
    driver_->start(stack_);
  }
  void start() {
    start([](DriverConfig&) {});
  }
  std::string error(auto call) {
    try {
      call();
    } catch (const DriverError& thrown) {
      return thrown.what();
    }
    return "no error";
  }
  // Lets the default answer be changed.
  template <class Head>
  void spoil_first_sa(Opcode opcode, auto change) {
    device_.answers[opcode] = [change](const Request& request) {
      Answer reply{idpf::Status::kSuccess, request.payload};
      auto sa = request.element<Head>(0);
      change(sa);
      EXPECT_TRUE(idpf::write_element<Head>(reply.payload, 0, sa));
      return reply;
    };
  }

  FakeDevice device_;
  RecordingStack stack_;
  std::unique_ptr<Driver> driver_;
};

TEST_F(PspTest, ReceiveIsConfiguredAtStart) {
  start([](DriverConfig& config) { config.psp_versions = 0x3; });
  const auto config = device_.request(Opcode::kPspSetConfig).as<idpf::PspConfig>();
  EXPECT_EQ(config.versions_ena, 0x3u);
  EXPECT_EQ(config.flags, idpf::kPspConfigDropFailed | idpf::kPspConfigMetaSpi);
  driver_->set_psp_receive(0);
  EXPECT_EQ(device_.request(Opcode::kPspSetConfig, 1).as<idpf::PspConfig>().versions_ena, 0u);
}

TEST_F(PspTest, StrippingIsAskedForOnlyIfTheDeviceCan) {
  start([](DriverConfig& config) { config.psp_strip_icv = true; });
  EXPECT_NE(device_.request(Opcode::kPspSetConfig).as<idpf::PspConfig>().flags & idpf::kPspConfigStripIcv,
            0u);
}

TEST_F(PspTest, BulkAllocationIsSplit) {
  start();
  const auto sas = driver_->allocate_rx_sas(psp::Version::kAesGcm256, 200);
  ASSERT_EQ(sas.size(), 200u);
  EXPECT_EQ(device_.count_requests(Opcode::kPspAllocRxSa), 3u);
  std::set<uint32_t> spis;
  for (const RxSa& sa : sas) {
    EXPECT_TRUE(spis.insert(sa.spi).second);
    EXPECT_EQ(sa.version, psp::Version::kAesGcm256);
    EXPECT_EQ(sa.generation, 3);
    ASSERT_EQ(sa.key.size, 32);
    EXPECT_EQ(sa.key.bytes[31], static_cast<uint8_t>(sa.spi));
  }
}

TEST_F(PspTest, ExhaustionGivesWhatThereIs) {
  start();
  device_.spis = 100;
  EXPECT_EQ(driver_->allocate_rx_sas(psp::Version::kAesGcm128, 300).size(), 100u);
  EXPECT_EQ(driver_->last_status(), static_cast<uint32_t>(idpf::Status::kPspSpiExhausted));
  EXPECT_TRUE(driver_->allocate_rx_sas(psp::Version::kAesGcm128, 1).empty());
}

TEST_F(PspTest, BadAllocationsAreErrors) {
  start();
  const auto with = [&](auto change) {
    spoil_first_sa<idpf::PspRxSaList>(Opcode::kPspAllocRxSa, [change](idpf::PspRxSa& sa) {
      sa.spi = 7;
      sa.key_len = 16;
      change(sa);
    });
    return error([&] { driver_->allocate_rx_sas(psp::Version::kAesGcm128, 1); });
  };
  EXPECT_THAT(with([](auto& sa) { sa.spi = 0x8000'0000; }), HasSubstr("reserved"));
  EXPECT_THAT(with([](auto& sa) { sa.key_len = 32; }), HasSubstr("a key of 32 bytes"));
  EXPECT_THAT(with([](auto& sa) { sa.generation = 128; }), HasSubstr("generation 128"));
  EXPECT_EQ(with([](auto&) {}), "no error");
  EXPECT_THAT(with([](auto&) {}), HasSubstr("handed out twice"));
  device_.answers[Opcode::kPspAllocRxSa] = [](const Request& request) {
    return Answer{idpf::Status::kSuccess, {request.payload.begin(), request.payload.end() - 1}};
  };
  EXPECT_THAT(error([&] { driver_->allocate_rx_sas(psp::Version::kAesGcm128, 1); }), HasSubstr("too few"));
  device_.answers[Opcode::kPspAllocRxSa] = [](const Request& request) {
    Answer reply{idpf::Status::kSuccess, request.payload};
    reply.payload.resize(reply.payload.size() + sizeof(idpf::PspRxSa));
    auto list = request.as<idpf::PspRxSaList>();
    list.num_sa = 2;
    EXPECT_TRUE(idpf::write_at(reply.payload, 0, list));
    return reply;
  };
  EXPECT_THAT(error([&] { driver_->allocate_rx_sas(psp::Version::kAesGcm128, 1); }),
              HasSubstr("gives 2 SAs, 1 were wanted"));
}

TEST_F(PspTest, TransmitSasCarryKeyAndTag) {
  start();
  std::vector<TxSaRequest> wanted(100);
  for (uint32_t i = 0; i < wanted.size(); ++i) {
    wanted[i].spi = 0x8000'0100 + i;
    const std::vector<uint8_t> key(16, static_cast<uint8_t>(i + 1));
    wanted[i].key = psp::SessionKey(key);
  }
  const auto handles = driver_->add_tx_sas(wanted);
  ASSERT_EQ(handles.size(), 100u);
  ASSERT_EQ(device_.count_requests(Opcode::kPspAddTxSa), 2u);
  const auto second = device_.request(Opcode::kPspAddTxSa, 1).element<idpf::PspTxSaList>(0);
  EXPECT_EQ(second.sa_idx, idpf::kPspSaIdxAny);
  EXPECT_EQ(second.spi, 0x8000'0100u + 63);
  EXPECT_EQ(second.key_len, 16);
  EXPECT_EQ(second.key[15], 64);
  EXPECT_EQ(second.key[16], 0);
  EXPECT_EQ(handles[63], (SaHandle{63, second.sa_tag}));
  std::set<uint16_t> tags;
  for (const SaHandle& handle : handles) EXPECT_TRUE(tags.insert(handle.tag).second);
}

TEST_F(PspTest, RefusedTransmitSaLeavesTheOthers) {
  start();
  spoil_first_sa<idpf::PspTxSaList>(Opcode::kPspAddTxSa, [](idpf::PspTxSa& sa) {
    sa.status = static_cast<uint16_t>(idpf::Status::kEnospc);
  });
  std::vector<TxSaRequest> wanted(1);
  wanted[0].key = psp::SessionKey(std::vector<uint8_t>(16, 1));
  const auto handles = driver_->add_tx_sas(wanted);
  ASSERT_EQ(handles.size(), 1u);
  EXPECT_EQ(handles[0].index, kNoSa);
  EXPECT_EQ(driver_->last_status(), static_cast<uint32_t>(idpf::Status::kEnospc));
}

TEST_F(PspTest, SlotOutsideTheTableIsAnError) {
  start();
  spoil_first_sa<idpf::PspTxSaList>(Opcode::kPspAddTxSa, [](idpf::PspTxSa& sa) { sa.sa_idx = 4096; });
  std::vector<TxSaRequest> wanted(1);
  EXPECT_THAT(error([&] { driver_->add_tx_sas(wanted); }), HasSubstr("outside the table of 4096"));
}

TEST_F(PspTest, DeleteNamesSlotAndTag) {
  start();
  const std::vector<SaHandle> handles{{5, 0x1111}, {9, 0x2222}};
  driver_->delete_tx_sas(handles);
  const Request& request = device_.request(Opcode::kPspDelTxSa);
  EXPECT_EQ(request.as<idpf::PspTxSaDel>().num_sa, 2);
  EXPECT_EQ(request.as<idpf::PspTxSaDel>().flags, 0u);
  EXPECT_EQ(request.element<idpf::PspTxSaDel>(1).sa_idx, 9u);
  EXPECT_EQ(request.element<idpf::PspTxSaDel>(1).sa_tag, 0x2222);
}

TEST_F(PspTest, RotationAndStatistics) {
  start();
  EXPECT_EQ(driver_->rotate_keys(), 4);
  EXPECT_EQ(driver_->psp_caps().generation, 4);
  driver_->rotate_keys(true);
  EXPECT_EQ(device_.request(Opcode::kPspRotateKey, 1).as<idpf::PspRotateKey>().flags, idpf::kPspRotateTwice);
  EXPECT_EQ(driver_->psp_statistics().rx_packets, 42u);
  EXPECT_EQ(driver_->vport_statistics().rx_bytes, 4711u);
}

TEST_F(PspTest, FreeGivesTheSpisBack) {
  start();
  const auto sas = driver_->allocate_rx_sas(psp::Version::kAesGcm128, 1);
  const std::vector<uint32_t> spis{sas[0].spi};
  driver_->free_rx_sas(spis);
  const auto freed = device_.request(Opcode::kPspFreeRxSa).element<idpf::PspRxSaList>(0);
  EXPECT_EQ(freed.spi, sas[0].spi);
  EXPECT_EQ(freed.generation, 3);
  EXPECT_EQ(driver_->last_status(), 0u);
}

TEST_F(PspTest, WhatIsNotTheDriversIsNotFreed) {
  start();
  const auto sas = driver_->allocate_rx_sas(psp::Version::kAesGcm128, 1);
  const std::vector<uint32_t> spis{sas[0].spi, sas[0].spi, 4711};
  driver_->free_rx_sas(spis);
  EXPECT_EQ(device_.request(Opcode::kPspFreeRxSa).as<idpf::PspRxSaList>().num_sa, 1);
  EXPECT_EQ(driver_->last_status(), static_cast<uint32_t>(idpf::Status::kEsrch));
  driver_->free_rx_sas(spis);
  EXPECT_EQ(device_.count_requests(Opcode::kPspFreeRxSa), 1u) << "nothing is left of them";
  EXPECT_TRUE(driver_->anomalies().empty());
}

TEST_F(PspTest, AFreeThatIsRefusedMayBeTriedAgain) {
  start();
  const auto sas = driver_->allocate_rx_sas(psp::Version::kAesGcm128, 2);
  const std::vector<uint32_t> spis{sas[0].spi, sas[1].spi};
  spoil_first_sa<idpf::PspRxSaList>(
      Opcode::kPspFreeRxSa, [](idpf::PspRxSa& sa) { sa.status = idpf::entry_status(idpf::Status::kEsrch); });
  driver_->free_rx_sas(spis);
  EXPECT_EQ(driver_->last_status(), static_cast<uint32_t>(idpf::Status::kEsrch));
  EXPECT_THAT(driver_->anomalies(), testing::ElementsAre(HasSubstr("PSP_FREE_RX_SA: entry 0")));
  device_.answers.clear();
  device_.refused[Opcode::kPspFreeRxSa] = idpf::Status::kEinval;
  EXPECT_THAT(error([&] { driver_->free_rx_sas(spis); }), HasSubstr("refused with"));
  device_.refused.clear();
  driver_->free_rx_sas(spis);
  const Request& last = device_.request(Opcode::kPspFreeRxSa, 2);
  EXPECT_EQ(last.as<idpf::PspRxSaList>().num_sa, 1) << "the other one is gone";
  EXPECT_EQ(last.element<idpf::PspRxSaList>(0).spi, sas[0].spi);
}

TEST_F(PspTest, AnSaThatEndedWithItsKeyNeedsNoFree) {
  start();
  const auto sas = driver_->allocate_rx_sas(psp::Version::kAesGcm128, 1);
  const std::vector<uint32_t> spis{sas[0].spi};
  spoil_first_sa<idpf::PspRxSaList>(Opcode::kPspFreeRxSa, [](idpf::PspRxSa& sa) {
    sa.status = idpf::entry_status(idpf::Status::kPspStaleGeneration);
  });
  driver_->free_rx_sas(spis);
  EXPECT_EQ(driver_->last_status(), static_cast<uint32_t>(idpf::Status::kPspStaleGeneration));
  EXPECT_TRUE(driver_->anomalies().empty());
  driver_->free_rx_sas(spis);
  EXPECT_EQ(device_.count_requests(Opcode::kPspFreeRxSa), 1u);
}

TEST_F(PspTest, AnErrorLeavesNoRequestUnderWay) {
  start();
  device_.refused[Opcode::kPspAllocRxSa] = idpf::Status::kEinval;
  for (int i = 0; i < 64; ++i) {
    ASSERT_THAT(error([&] { driver_->allocate_rx_sas(psp::Version::kAesGcm128, 200); }),
                HasSubstr("refused with"))
        << i;
  }
  device_.refused.clear();
  EXPECT_EQ(driver_->allocate_rx_sas(psp::Version::kAesGcm128, 200).size(), 200u);
  EXPECT_TRUE(driver_->anomalies().empty());
}

}  // namespace
}  // namespace pspnic::host::test
