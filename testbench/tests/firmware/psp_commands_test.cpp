// SPDX-License-Identifier: Apache-2.0
// Capabilities, configuration, rotation, statistics of PSP.
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

constexpr uint32_t kWhole = idpf::kVportNone;

class PspKeyTest : public testing::Test {
 protected:
  void SetUp() override { bench.negotiate(true); }

  idpf::PspRotateKey rotate(uint32_t flags = 0) {
    const Reply reply =
        bench.send(Opcode::kPspRotateKey, idpf::PspRotateKey{.vport_id = kWhole, .flags = flags});
    EXPECT_EQ(reply.status, Status::kSuccess);
    return from_bytes<idpf::PspRotateKey>(reply.payload);
  }
  Status configure(idpf::PspConfig config) {
    config.vport_id = kWhole;
    return bench.status_of(Opcode::kPspSetConfig, config);
  }

  ControlBench bench;
};

TEST(PspNegotiation, OpcodesAreRefusedUntilGranted) {
  ControlBench bench;
  bench.negotiate(false);
  for (uint32_t opcode = 30000; opcode < 30012; ++opcode) {
    EXPECT_EQ(bench.status_of(Opcode{opcode}, Bytes(256)), Status::kEperm) << opcode;
  }
  ControlBench meta_only;
  meta_only.negotiate(true);
  meta_only.send(Opcode::kGetOemCaps, idpf::OemCaps{idpf::kPspCapRxMeta});
  EXPECT_EQ(meta_only.status_of(Opcode::kPspGetStats, Bytes(192)), Status::kEperm);
}

TEST_F(PspKeyTest, CapsTellSizes) {
  bench.hardware.config.psp_versions = 0x3;
  const Reply reply = bench.send(Opcode::kPspGetCaps, idpf::PspCaps{.vport_id = kWhole, .versions = 0xE});
  ASSERT_EQ(reply.payload.size(), 80u);
  const auto caps = from_bytes<idpf::PspCaps>(reply.payload);
  EXPECT_EQ(caps.versions, 0x2u);
  EXPECT_EQ(caps.flags, 0x37Fu);
  EXPECT_EQ(caps.max_tx_sa, 128u);
  EXPECT_EQ(caps.spi_first, 1u);
  EXPECT_EQ(caps.spi_count, 0x7ffffffeu);
  EXPECT_EQ(caps.max_alloc_per_msg, 85u);
  EXPECT_EQ(caps.max_add_per_msg, 63u);
  EXPECT_EQ(caps.max_del_per_msg, 510u);
  EXPECT_EQ(caps.max_crypt_offset, 252u);
  EXPECT_EQ(caps.udp_port, 1000u);
  EXPECT_EQ(caps.max_ctx_desc, 1u);
  EXPECT_EQ(caps.key_in_desc_versions, 0u);
  EXPECT_EQ(caps.generation, 0u);
  EXPECT_EQ(caps.phase, 0u);
  EXPECT_EQ(caps.cfgq_mbx_q_index, 1u);
  EXPECT_EQ(caps.iv_granularity_ps, 1u);
  const Reply any = bench.send(Opcode::kPspGetCaps, idpf::PspCaps{.vport_id = kWhole});
  EXPECT_EQ(from_bytes<idpf::PspCaps>(any.payload).versions, 0x3u);
  EXPECT_EQ(bench.status_of(Opcode::kPspGetCaps, idpf::PspCaps{.vport_id = 0}), Status::kEnxio)
      << "no such vport";
}

TEST_F(PspKeyTest, ConfigurationReachesTheReceiver) {
  EXPECT_EQ(configure({.versions_ena = 0x3, .flags = 0x1, .udp_port = 1000}), Status::kSuccess);
  EXPECT_EQ(bench.hardware.psp_receive.versions, 0x3u);
  EXPECT_TRUE(bench.hardware.psp_receive.strip_icv);
  EXPECT_FALSE(bench.hardware.psp_receive.spi_in_descriptor);
  const Reply reply = bench.send(Opcode::kPspSetConfig, idpf::PspConfig{.vport_id = kWhole, .flags = 0x4});
  const auto answer = from_bytes<idpf::PspConfig>(reply.payload);
  EXPECT_EQ(answer.udp_port, 1000u);
  EXPECT_EQ(answer.flags, 0x4u);
  EXPECT_TRUE(bench.hardware.psp_receive.capture_failures) << "not to be dropped";
  EXPECT_FALSE(bench.hardware.psp_receive.sample);
  EXPECT_EQ(bench.hardware.psp_receive.versions, 0u);
  EXPECT_TRUE(bench.hardware.psp_receive.spi_in_descriptor);
  EXPECT_EQ(configure({.flags = 0xffffff42}), Status::kSuccess);
  EXPECT_FALSE(bench.hardware.psp_receive.capture_failures);
  EXPECT_TRUE(bench.hardware.psp_receive.sample);
  EXPECT_FALSE(bench.hardware.psp_receive.strip_headers);
  EXPECT_EQ(configure({.flags = 0xc}), Status::kSuccess);
  EXPECT_TRUE(bench.hardware.psp_receive.strip_headers);
  EXPECT_EQ(configure({.flags = 0x8}), Status::kEinval) << "no headers and no SPI";
  EXPECT_EQ(configure({.flags = 0}), Status::kSuccess);
  EXPECT_FALSE(bench.hardware.psp_receive.rss_inner);
  EXPECT_EQ(configure({.versions_ena = 1, .flags = 0x10}), Status::kSuccess);
  EXPECT_TRUE(bench.hardware.psp_receive.rss_inner);
  EXPECT_FALSE(bench.hardware.psp_receive.vc_steering);
  EXPECT_EQ(configure({.versions_ena = 1, .flags = 0x20}), Status::kSuccess);
  EXPECT_FALSE(bench.hardware.psp_receive.rss_inner);
  EXPECT_TRUE(bench.hardware.psp_receive.vc_steering);
  EXPECT_EQ(configure({.versions_ena = 0x10}), Status::kPspBadVersion);
  EXPECT_EQ(configure({.udp_port = 1001}), Status::kEinval);
  bench.plane.reset();
  EXPECT_EQ(bench.hardware.psp_receive.versions, 0u) << "off after a reset";
}

TEST_F(PspKeyTest, RotationsInARow) {
  idpf::PspRotateKey answer = rotate();
  EXPECT_EQ(answer.generation, 1);
  EXPECT_EQ(answer.phase, 1);
  EXPECT_EQ(answer.prev_generation, 0);
  EXPECT_EQ(answer.rotations, 1u);
  EXPECT_TRUE(bench.hardware.sent.empty()) << "no event before SET_CONFIG";
  answer = rotate();
  EXPECT_EQ(answer.generation, 2);
  EXPECT_EQ(answer.phase, 0);
  EXPECT_EQ(answer.prev_generation, 1);
  const auto keys = bench.hardware.key_serial;
  answer = rotate(idpf::kPspRotateTwice);
  EXPECT_EQ(answer.generation, 4);
  EXPECT_EQ(answer.phase, 0);
  EXPECT_EQ(answer.prev_generation, 3);
  EXPECT_EQ(answer.rotations, 4u);
  EXPECT_NE(bench.hardware.key_serial[0], keys[0]);
  EXPECT_NE(bench.hardware.key_serial[1], keys[1]);
}

TEST_F(PspKeyTest, EventsComeBehindTheReply) {
  ASSERT_EQ(configure({.versions_ena = 1}), Status::kSuccess);
  rotate();
  ASSERT_EQ(bench.hardware.sent.size(), 1u);
  EXPECT_EQ(bench.hardware.sent[0].descriptor.v_opcode, Opcode::kEvent);
  auto event = from_bytes<idpf::PspEvent>(bench.hardware.sent[0].payload);
  EXPECT_EQ(event.event, idpf::EventCode::kPspKeyRotated);
  EXPECT_EQ(event.generation, 1);
  EXPECT_EQ(event.phase, 1);
  EXPECT_EQ(event.adi_id, 0xFFFF);
  rotate();
  ASSERT_EQ(bench.hardware.sent.size(), 2u);
  event = from_bytes<idpf::PspEvent>(bench.hardware.sent[1].payload);
  EXPECT_EQ(event.event, idpf::EventCode::kPspKeyRetired);
  EXPECT_EQ(event.generation, 0);
  EXPECT_EQ(event.phase, 0);
  rotate(idpf::kPspRotateTwice);
  EXPECT_EQ(bench.hardware.sent.size(), 3u) << "rotated, and two generations retired";
}

// What is shared stays as it is; what is the function's own it may configure.
TEST(PspAuthority, R13_WithoutItKeysAndSharedConfigurationStay) {
  ControlBench bench({.rotation_authority = false});
  bench.negotiate(true);
  EXPECT_EQ(bench.status_of(Opcode::kPspRotateKey, idpf::PspRotateKey{.vport_id = kWhole}), Status::kEperm);
  const idpf::PspConfig shared{.vport_id = kWhole, .flags = idpf::kPspConfigDeviceRotates};
  EXPECT_EQ(bench.status_of(Opcode::kPspSetConfig, shared), Status::kEperm);
  EXPECT_EQ(bench.status_of(Opcode::kPspSetConfig, idpf::PspConfig{.vport_id = kWhole}), Status::kSuccess);
  const Reply caps = bench.send(Opcode::kPspGetCaps, idpf::PspCaps{.vport_id = kWhole});
  EXPECT_EQ(from_bytes<idpf::PspCaps>(caps.payload).flags & idpf::kPspFeatureRotate, 0u);
  const idpf::PspRxSaList one{.vport_id = kWhole, .num_sa = 1};
  EXPECT_EQ(bench.status_of(Opcode::kPspAllocRxSa, to_bytes(one, {idpf::PspRxSa{}})), Status::kSuccess);
}

TEST_F(PspKeyTest, ResetsBringFreshKeysAndCountOn) {
  std::set<uint64_t> keys;
  std::set<std::pair<uint8_t, uint32_t>> seen;  // generation, SPI
  for (int round = 0; round < 50; ++round) {
    for (const uint64_t serial : bench.hardware.key_serial) EXPECT_TRUE(keys.insert(serial).second);
    const idpf::PspRxSaList one{.vport_id = kWhole, .num_sa = 1};
    const Reply reply = bench.send(Opcode::kPspAllocRxSa, to_bytes(one, {idpf::PspRxSa{}}));
    const auto sa = element_of<idpf::PspRxSaList>(reply.payload, 0);
    EXPECT_TRUE(seen.emplace(sa.generation, sa.spi).second);
    bench.hardware.device_reset();
    bench.plane.reset();
    bench.negotiate(true);
  }
}

TEST_F(PspKeyTest, StatisticsInTheKernelsOrder) {
  bench.hardware.psp_counter_values = {.rx_packets = 1,
                                       .rx_bytes = 2,
                                       .rx_auth_fail = 3,
                                       .rx_error = 4,
                                       .rx_bad = 5,
                                       .tx_packets = 6,
                                       .tx_bytes = 7,
                                       .tx_error = 8,
                                       .rx_bad_version = 10,
                                       .rx_stale_key = 11,
                                       .rx_bypass = 12,
                                       .tx_bad_sa = 13};
  for (int i = 0; i < 9; ++i) rotate();
  Reply reply = bench.send(Opcode::kPspGetStats, idpf::PspStats{.vport_id = kWhole});
  ASSERT_EQ(reply.payload.size(), 192u);
  for (uint64_t word = 0; word < 13; ++word) {
    EXPECT_EQ(idpf::read_at<uint64_t>(reply.payload, 8 + 8 * word), word + 1);
  }
  bench.send(Opcode::kPspGetStats, idpf::PspStats{.vport_id = kWhole, .flags = idpf::kPspStatsClear});
  bench.hardware.psp_counter_values.rx_bytes += 40;
  reply = bench.send(Opcode::kPspGetStats, idpf::PspStats{.vport_id = kWhole});
  const auto stats = from_bytes<idpf::PspStats>(reply.payload);
  EXPECT_EQ(stats.rx_packets, 0u);
  EXPECT_EQ(stats.rx_bytes, 40u);
}

}  // namespace
}  // namespace pspnic::firmware
