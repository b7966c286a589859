// SPDX-License-Identifier: Apache-2.0
// start(): the order of register writes and messages, their contents, and what happens when the device
// answers wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/idpf/registers.h"
#include "testbench/tests/testbench/host/fake_device.h"

namespace pspnic::host::test {
namespace {

using idpf::Opcode;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(BringUp, MessagesInTheOrderOfLinux) {
  FakeDevice device;
  RecordingStack stack;
  Driver driver(device, small_config());
  driver.start(stack);
  std::vector<Opcode> opcodes;
  for (const Request& request : device.requests) opcodes.push_back(request.opcode);
  EXPECT_THAT(opcodes,
              ElementsAre(Opcode::kVersion, Opcode::kGetCaps, Opcode::kGetOemCaps, Opcode::kAllocVectors,
                          Opcode::kCreateVport, Opcode::kGetPtypeInfo, Opcode::kPspGetCaps,
                          Opcode::kPspSetConfig, Opcode::kConfigTxQueues, Opcode::kConfigRxQueues,
                          Opcode::kMapQueueVector, Opcode::kEnableQueues, Opcode::kEnableVport,
                          Opcode::kAddMacAddr, Opcode::kSetRssKey, Opcode::kSetRssLut));
  EXPECT_TRUE(driver.running());
  EXPECT_TRUE(driver.link_up());
  EXPECT_EQ(driver.link_speed_mbps(), 200'000u);
  EXPECT_EQ(driver.mac().print(), "02:00:00:00:00:0a");
  EXPECT_TRUE(driver.psp_available());
  EXPECT_TRUE(driver.anomalies().empty());
}

TEST(BringUp, MailboxRegistersInTheOrderOfTheDrivers) {
  FakeDevice device;
  RecordingStack stack;
  Driver driver(device, small_config());
  driver.start(stack);
  std::vector<uint64_t> offsets;
  for (const RegisterWrite& write : device.writes) {
    const bool mailbox = write.offset >= idpf::pf::kArqbal && write.offset <= idpf::pf::kAtqt;
    if (write.space == Space::kBar0 && (mailbox || write.offset == idpf::pf::kPfgenCtrl)) {
      offsets.push_back(write.offset);
    }
  }
  ASSERT_GE(offsets.size(), 11u);
  offsets.resize(11);
  EXPECT_THAT(offsets, ElementsAre(idpf::pf::kPfgenCtrl, idpf::pf::kAtqh, idpf::pf::kAtqbal,
                                   idpf::pf::kAtqbah, idpf::pf::kAtqlen, idpf::pf::kArqt, idpf::pf::kArqh,
                                   idpf::pf::kArqbal, idpf::pf::kArqbah, idpf::pf::kArqlen, idpf::pf::kAtqt));
  EXPECT_EQ(device.last_write(idpf::pf::kAtqlen), 0x8000'0040u);
  EXPECT_EQ(device.last_write(idpf::pf::kArqlen), 0x8000'0040u);
  EXPECT_EQ(device.writes[0], (RegisterWrite{Space::kConfig, 4, 6}));
  for (const RegisterWrite& write : device.writes) {
    if (write.offset == idpf::pf::kArqt) {
      EXPECT_EQ(write.value, 63u) << "63 buffers are posted first";
      break;
    }
  }
}

TEST(BringUp, MsixTableAndInterruptRegisters) {
  FakeDevice device;
  RecordingStack stack;
  DriverConfig config = small_config();
  config.queue_pairs = 2;
  config.itr_us = 20;
  Driver driver(device, config);
  driver.start(stack);
  for (unsigned vector = 0; vector < FakeDevice::kVectors; ++vector) {
    EXPECT_EQ(device.read32(Space::kBar4, vector * 16), static_cast<uint32_t>(FakeDevice::kMessageAddress));
    EXPECT_EQ(device.read32(Space::kBar4, vector * 16 + 4), FakeDevice::kMessageAddress >> 32);
    EXPECT_EQ(device.read32(Space::kBar4, vector * 16 + 8), vector);
    EXPECT_EQ(device.read32(Space::kBar4, vector * 16 + 12), 0u);
  }
  EXPECT_EQ(device.config[0x50 / 4] >> 30, 2u) << "enabled, not masked";
  EXPECT_EQ(device.last_write(idpf::pf::glint_dyn_ctl(0)), 0x19u);
  EXPECT_EQ(device.last_write(idpf::pf::kOicrEna), 0xffff'ffffu);
  for (unsigned vector : {1u, 2u}) {
    EXPECT_EQ(device.last_write(idpf::pf::glint_dyn_ctl(vector)), 0x19u);
    EXPECT_EQ(device.last_write(idpf::pf::glint_itr(0, vector)), 10u) << "2 us units";
    EXPECT_EQ(device.last_write(idpf::pf::glint_itr(1, vector)), 10u);
  }
  EXPECT_FALSE(device.last_write(idpf::pf::glint_dyn_ctl(3)).has_value());
}

TEST(BringUp, CapabilitiesAreOnlyWhatTheDriverUses) {
  FakeDevice device;
  RecordingStack stack;
  Driver driver(device, small_config());
  driver.start(stack);
  const auto caps = device.request(Opcode::kGetCaps).as<idpf::GetCapabilities>();
  EXPECT_EQ(caps.csum_caps, 0x0055'ff7fu);
  EXPECT_EQ(caps.seg_caps, idpf::kSegIpv4Tcp | idpf::kSegIpv6Tcp | idpf::kSegIpv4Udp | idpf::kSegIpv6Udp |
                               idpf::kSegSingleTunnel);
  EXPECT_EQ(caps.hsplit_caps | caps.rsc_caps, 0u);
  EXPECT_EQ(caps.rss_caps, 0xffu);
  EXPECT_EQ(caps.other_caps, idpf::kCapMacFilter | idpf::kCapPromisc | idpf::kCapOem);
  EXPECT_EQ(device.request(Opcode::kAllocVectors).as<idpf::AllocVectors>().num_vectors,
            FakeDevice::kVectors - 1);
}

TEST(BringUp, QueueConfiguration) {
  FakeDevice device;
  RecordingStack stack;
  DriverConfig config = small_config();
  config.queue_pairs = 2;
  config.buffer_bytes = 4096;
  config.mtu = 9000;
  Driver driver(device, config);
  driver.start(stack);

  const Request& tx = device.request(Opcode::kConfigTxQueues);
  ASSERT_EQ(tx.as<idpf::ConfigTxQueues>().num_qinfo, 4);
  const auto tx1 = tx.element<idpf::ConfigTxQueues>(2);
  EXPECT_EQ(tx1.type, idpf::QueueType::kTx);
  EXPECT_EQ(tx1.queue_id, 1u);
  EXPECT_EQ(tx1.relative_queue_id, 0u);
  EXPECT_EQ(tx1.model, idpf::QueueModel::kSplit);
  EXPECT_EQ(tx1.sched_mode, idpf::SchedMode::kFlow);
  EXPECT_EQ(tx1.qflags, idpf::kQflagPsp);
  EXPECT_EQ(tx1.ring_len, 128);
  EXPECT_EQ(tx1.tx_compl_queue_id, 1);
  const auto completion1 = tx.element<idpf::ConfigTxQueues>(3);
  EXPECT_EQ(completion1.type, idpf::QueueType::kTxCompletion);
  EXPECT_EQ(completion1.ring_len, 256);

  const Request& rx = device.request(Opcode::kConfigRxQueues);
  ASSERT_EQ(rx.as<idpf::ConfigRxQueues>().num_qinfo, 6);
  EXPECT_EQ(rx.element<idpf::ConfigRxQueues>(3).type, idpf::QueueType::kRxBuffer);
  EXPECT_EQ(rx.element<idpf::ConfigRxQueues>(3).queue_id, 2u);
  const auto rx1 = rx.element<idpf::ConfigRxQueues>(5);
  EXPECT_EQ(rx1.type, idpf::QueueType::kRx);
  EXPECT_EQ(rx1.queue_id, 1u);
  EXPECT_EQ(rx1.desc_ids, 4u);
  EXPECT_EQ(rx1.rx_bufq1_id, 2);
  EXPECT_EQ(rx1.rx_bufq2_id, 3);
  EXPECT_EQ(rx1.bufq2_ena, 1);
  EXPECT_EQ(rx1.data_buffer_size, 4096u);
  EXPECT_EQ(rx1.max_pkt_size, 9026u);
  EXPECT_EQ(rx1.qflags, idpf::kQflagPsp | idpf::kRxqDescSize32);

  const Request& maps = device.request(Opcode::kMapQueueVector);
  ASSERT_EQ(maps.as<idpf::QueueVectorMaps>().num_qv_maps, 4);
  const auto map = maps.element<idpf::QueueVectorMaps>(2);
  EXPECT_EQ(map.vector_id, 2);
  EXPECT_EQ(map.itr_idx, idpf::kItrTx);
  EXPECT_EQ(device.request(Opcode::kEnableQueues).as<idpf::DelEnaDisQueues>().num_chunks, 10);
  for (uint32_t queue = 0; queue < 4; ++queue) {
    EXPECT_EQ(device.last_write(idpf::pf::rx_buf_tail(queue)), 63u) << "all buffers but one";
  }
}

TEST(BringUp, RssSpreadsOverAllQueues) {
  FakeDevice device;
  RecordingStack stack;
  DriverConfig config = small_config();
  config.queue_pairs = 3;
  Driver driver(device, config);
  driver.start(stack);
  const auto key = idpf::read_rss_key(device.request(Opcode::kSetRssKey).payload);
  ASSERT_TRUE(key.has_value());
  EXPECT_TRUE(std::equal(key->key.begin(), key->key.end(), config.rss_key.begin(), config.rss_key.end()));
  const Request& lut = device.request(Opcode::kSetRssLut);
  ASSERT_EQ(lut.as<idpf::RssLut>().lut_entries, 64);
  for (uint32_t i = 0; i < 64; ++i) EXPECT_EQ(lut.as<uint32_t>(sizeof(idpf::RssLut) + 4 * i), i % 3);
}

TEST(BringUp, ManyQueuesNeedSeveralMessages) {
  FakeDevice device;
  device.caps.max_rx_q = device.caps.max_tx_q = device.caps.max_tx_complq = 64;
  device.caps.max_rx_bufq = 128;
  RecordingStack stack;
  DriverConfig config = small_config();
  config.queue_pairs = 64;
  config.buffer_bytes = 1024;
  config.tso = false;
  Driver driver(device, config);
  driver.start(stack);
  EXPECT_EQ(device.count_requests(Opcode::kConfigTxQueues), 2u);  // 72 a message
  EXPECT_EQ(device.count_requests(Opcode::kConfigRxQueues), 5u);  // 46 a message
  EXPECT_EQ(device.count_requests(Opcode::kEnableQueues), 2u);    // 255 a message
  for (const Request& request : device.requests) EXPECT_LE(request.payload.size(), 4096u);
}

TEST(BringUp, DeviceWithoutPspExtension) {
  for (int variant = 0; variant < 3; ++variant) {
    FakeDevice device;
    if (variant == 0) device.caps.other_caps &= ~idpf::kCapOem;
    if (variant == 1) device.caps.device_type = 0;
    if (variant == 2) device.oem_caps = idpf::kPspCapMbx;  // no metadata: useless for receive
    RecordingStack stack;
    Driver driver(device, small_config());
    driver.start(stack);
    EXPECT_TRUE(driver.running());
    EXPECT_FALSE(driver.psp_available());
    EXPECT_EQ(device.request(Opcode::kConfigTxQueues).element<idpf::ConfigTxQueues>(0).qflags, 0);
    EXPECT_THROW(driver.rotate_keys(), DriverError);
  }
}

TEST(BringUp, PciErrors) {
  const auto with = [](size_t word, uint32_t value) {
    FakeDevice device;
    device.config[word] = value;
    return start_error(device);
  };
  EXPECT_THAT(with(0, 0xffff'ffff), HasSubstr("no function answers"));
  EXPECT_THAT(with(0, 0x1453'8086), HasSubstr("8086:1453"));
  EXPECT_THAT(with(1, 0), HasSubstr("no capability list"));
  EXPECT_THAT(with(0x40 / 4, 0x01), HasSubstr("no MSI-X"));
  EXPECT_THAT(with(0x40 / 4, 0x01 | 0x40 << 8), HasSubstr("no end"));
  EXPECT_THAT(with(0x54 / 4, 2), HasSubstr("BAR 2"));
}

TEST(BringUp, ResetThatDoesNotEnd) {
  FakeDevice device;
  device.silent_reset = true;
  EXPECT_THAT(start_error(device), HasSubstr("PFGEN_RSTAT"));
}

TEST(BringUp, SilentMailboxNamesTheOpcode) {
  for (const auto& [opcode, name] :
       {std::pair{Opcode::kVersion, "VERSION"}, std::pair{Opcode::kCreateVport, "CREATE_VPORT"},
        std::pair{Opcode::kEnableQueues, "ENABLE_QUEUES"},
        std::pair{Opcode::kPspSetConfig, "PSP_SET_CONFIG"}}) {
    FakeDevice device;
    device.silent.insert(opcode);
    const std::string error = start_error(device);
    EXPECT_THAT(error, HasSubstr(name));
    EXPECT_THAT(error, HasSubstr("no reply within 2000 ms"));
  }
}

TEST(BringUp, RefusalNamesOpcodeAndStatus) {
  FakeDevice device;
  device.refused[Opcode::kConfigRxQueues] = idpf::Status::kEinval;
  const std::string error = start_error(device);
  EXPECT_THAT(error, HasSubstr("CONFIG_RX_QUEUES"));
  EXPECT_THAT(error, HasSubstr("EINVAL"));
}

TEST(BringUp, NoLinkEvent) {
  FakeDevice device;
  device.link_event = false;
  EXPECT_THAT(start_error(device), HasSubstr("LINK_CHANGE"));
}

TEST(BringUp, UnaskedCapabilityIsAnError) {
  FakeDevice device;
  device.answers[Opcode::kGetCaps] = [&](const Request&) {
    idpf::GetCapabilities reply = device.caps;
    reply.seg_caps = reply.csum_caps = reply.rsc_caps = reply.hsplit_caps = 0;
    reply.rss_caps = 0;
    reply.other_caps = idpf::kCapSplitqQsched;
    return Answer{idpf::Status::kSuccess, bytes_of(reply)};
  };
  EXPECT_THAT(start_error(device), HasSubstr("other_caps"));
}

TEST(BringUp, TooFewOfSomething) {
  FakeDevice few_buffer_queues;
  few_buffer_queues.caps.max_rx_bufq = 1;
  EXPECT_THAT(start_error(few_buffer_queues), HasSubstr("max_rx_bufq"));
  FakeDevice few_vectors;
  few_vectors.caps.num_allocated_vectors = 1;
  EXPECT_THAT(start_error(few_vectors), HasSubstr("num_allocated_vectors"));
  FakeDevice more_vectors_than_table;
  more_vectors_than_table.caps.num_allocated_vectors = FakeDevice::kVectors + 1;
  EXPECT_THAT(start_error(more_vectors_than_table), HasSubstr("ALLOC_VECTORS"));
}

TEST(BringUp, BadVportReplies) {
  const auto with = [](auto change) {
    FakeDevice device;
    device.answers[Opcode::kCreateVport] = [&](const Request& request) {
      auto reply = request.as<idpf::CreateVport>();
      reply.max_mtu = 9216;
      reply.rx_desc_ids = 4;
      reply.tx_desc_ids = 0x1020;
      reply.default_mac_addr[0] = 2;
      change(reply);
      return Answer{idpf::Status::kSuccess, bytes_of(reply)};
    };
    return start_error(device);
  };
  EXPECT_THAT(with([](auto&) {}), HasSubstr("0 Tx queues in the chunks, 1 are needed"));
  EXPECT_THAT(with([](auto& r) { r.num_chunks = 1; }), HasSubstr("no room for 1 chunks"));
  EXPECT_THAT(with([](auto& r) { r.vport_id = 1; }), HasSubstr("max_vports"));
  EXPECT_THAT(with([](auto& r) { r.max_mtu = 1499; }), HasSubstr("max_mtu"));
  EXPECT_THAT(with([](auto& r) { r.rxq_model = idpf::QueueModel::kSingle; }), HasSubstr("single"));
}

TEST(BringUp, RegisterInsideTheMailboxRegionIsRefused) {
  FakeDevice device;
  device.caps.mailbox_dyn_ctl = idpf::pf::kArqt;
  EXPECT_THAT(start_error(device), HasSubstr("mailbox_dyn_ctl"));
}

TEST(BringUp, ShortReply) {
  FakeDevice device;
  device.answers[Opcode::kGetCaps] = [](const Request&) {
    return Answer{idpf::Status::kSuccess, std::vector<uint8_t>(79)};
  };
  EXPECT_THAT(start_error(device), HasSubstr("79 bytes, 80 are needed"));
}

TEST(BringUp, CanBeTriedAgainAfterAnError) {
  FakeDevice device;
  device.silent.insert(Opcode::kGetCaps);
  RecordingStack stack;
  Driver driver(device, small_config());
  EXPECT_THROW(driver.start(stack), DriverError);
  device.silent.clear();
  driver.start(stack);
  EXPECT_TRUE(driver.running());
}

TEST(Configuration, IsChecked) {
  FakeDevice device;
  const auto error = [&](auto change) -> std::string {
    DriverConfig config;
    change(config);
    try {
      Driver driver(device, config);
    } catch (const DriverError& thrown) {
      return thrown.what();
    }
    return "accepted";
  };
  EXPECT_EQ(error([](DriverConfig&) {}), "accepted");
  EXPECT_THAT(error([](DriverConfig& c) { c.queue_pairs = 0; }), HasSubstr("queue_pairs is 0"));
  EXPECT_THAT(error([](DriverConfig& c) { c.more_vports = {1, 0}; }), HasSubstr("more_vports is 0"));
  EXPECT_THAT(error([](DriverConfig& c) { c.more_vports = {256}; }),
              HasSubstr("queue_pairs and more_vports is 257"));
  EXPECT_THAT(error([](DriverConfig& c) { c.tx_ring = 1000; }), HasSubstr("tx_ring is 1000"));
  EXPECT_THAT(error([](DriverConfig& c) { c.rx_ring = 992; }), HasSubstr("1024..8160"));
  EXPECT_THAT(error([](DriverConfig& c) { c.buffer_bytes = 16384; }), HasSubstr("buffer_bytes"));
  EXPECT_THAT(error([](DriverConfig& c) { c.mtu = 9217; }), HasSubstr("68..9216"));
  EXPECT_THAT(error([](DriverConfig& c) { c.itr_us = 8191; }), HasSubstr("itr_us"));
}

}  // namespace
}  // namespace pspnic::host::test
