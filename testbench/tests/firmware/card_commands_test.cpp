// SPDX-License-Identifier: Apache-2.0
// What concerns the card: virtual functions, the port's counters, its clock, BAR0.
#include "model/idpf/registers.h"
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

TEST(SetSriovVfs, ReachesTheDeviceWithinItsLimit) {
  ControlBench bench;
  bench.hardware.config.max_vfs = 4;
  bench.negotiate(true);
  EXPECT_EQ(bench.status_of(Opcode::kSetSriovVfs, idpf::SriovVfs{.num_vfs = 4}), Status::kSuccess);
  EXPECT_EQ(bench.hardware.vfs, 4);
  EXPECT_EQ(bench.status_of(Opcode::kSetSriovVfs, idpf::SriovVfs{.num_vfs = 5}), Status::kErange);
  bench.hardware.vfs_busy = true;
  EXPECT_EQ(bench.status_of(Opcode::kSetSriovVfs, idpf::SriovVfs{.num_vfs = 1}), Status::kEbusy);
  EXPECT_EQ(bench.hardware.vfs, 4);
  bench.hardware.vfs_busy = false;
  EXPECT_EQ(bench.status_of(Opcode::kSetSriovVfs, idpf::SriovVfs{}), Status::kSuccess);
  EXPECT_EQ(bench.hardware.vfs, 0);
}

TEST(SetSriovVfs, IsGrantedOnlyIfThereAreSome) {
  for (const uint16_t vfs : {uint16_t{0}, uint16_t{7}}) {
    ControlBench bench;
    bench.hardware.config.max_vfs = vfs;
    bench.send(Opcode::kVersion, idpf::VersionInfo{2, 0});
    const Reply reply = bench.send(Opcode::kGetCaps, idpf::GetCapabilities{.other_caps = ~0ull});
    const auto caps = from_bytes<idpf::GetCapabilities>(reply.payload);
    EXPECT_EQ((caps.other_caps & idpf::kCapSriov) != 0, vfs != 0);
    EXPECT_EQ(caps.max_sriov_vfs, vfs);
    EXPECT_EQ(bench.status_of(Opcode::kSetSriovVfs, idpf::SriovVfs{}),
              vfs != 0 ? Status::kSuccess : Status::kEperm);
  }
}

TEST(GetPortStats, HasThePortAndTheVport) {
  ControlBench bench;
  bench.negotiate();
  EXPECT_EQ(bench.status_of(Opcode::kGetPortStats, Bytes(736)), Status::kEnxio) << "no vport yet";
  bench.create_vport();
  bench.hardware.port_counter_values = {.rx_frames = 1,
                                        .rx_bytes = 2,
                                        .rx_unicast = 3,
                                        .rx_multicast = 4,
                                        .rx_broadcast = 5,
                                        .rx_oversized = 6,
                                        .rx_dropped = 7,
                                        .rx_crc_errors = 8,
                                        .tx_frames = 9,
                                        .tx_bytes = 10,
                                        .tx_unicast = 11,
                                        .tx_multicast = 12,
                                        .tx_broadcast = 13};
  bench.hardware.vport_counter_values.rx_bytes = 77;
  const Reply reply = bench.send(Opcode::kGetPortStats, Bytes(736));
  ASSERT_EQ(reply.payload.size(), 736u);
  // By their places, as other drivers read them.
  const auto word = [&](size_t offset) { return idpf::read_at<uint64_t>(reply.payload, offset).value_or(0); };
  EXPECT_EQ(word(8), 2u);
  EXPECT_EQ(word(16), 3u);
  EXPECT_EQ(word(24), 4u);
  EXPECT_EQ(word(32), 5u);
  EXPECT_EQ(word(8 + 15 * 8), 6u) << "oversized";
  EXPECT_EQ(word(8 + 19 * 8), 7u) << "dropped";
  EXPECT_EQ(word(8 + 20 * 8), 8u) << "CRC";
  EXPECT_EQ(word(8 + 23 * 8), 1u) << "total";
  EXPECT_EQ(word(8 + 320), 10u);
  EXPECT_EQ(word(8 + 320 + 24), 13u);
  EXPECT_EQ(word(8 + 320 + 16 * 8), 9u) << "total";
  EXPECT_EQ(word(608 + 8), 77u) << "of the vport";
}

TEST(GetPortStats, AVirtualFunctionDoesNotSeeThePort) {
  ControlBench bench;
  bench.hardware.config.is_virtual = true;
  bench.negotiate();
  bench.create_vport();
  EXPECT_EQ(bench.status_of(Opcode::kGetPortStats, Bytes(736)), Status::kEperm);
}

TEST(GetLanMemoryRegions, CoverBar0ButMailboxAndResetStatus) {
  for (const bool is_virtual : {false, true}) {
    ControlBench bench;
    bench.hardware.config.is_virtual = is_virtual;
    bench.negotiate();
    const Reply reply = bench.send(Opcode::kGetLanMemoryRegions, Bytes{});
    ASSERT_EQ(reply.status, Status::kSuccess);
    const auto header = from_bytes<idpf::LanMemoryRegions>(reply.payload);
    EXPECT_EQ(header.num_memory_regions, is_virtual ? 2 : 3);
    EXPECT_EQ(reply.payload.size(), 8u + 16u * header.num_memory_regions);
    const auto covered = [&](uint64_t offset) {
      for (uint16_t i = 0; i < header.num_memory_regions; ++i) {
        const auto region = element_of<idpf::LanMemoryRegions>(reply.payload, i);
        if (offset >= region.start_offset && offset - region.start_offset < region.size) return true;
      }
      return false;
    };
    EXPECT_TRUE(covered(0));
    EXPECT_FALSE(covered(is_virtual ? 0x6000 : 0x08400000));
    EXPECT_FALSE(covered(is_virtual ? 0x87ff : 0x08400fff));
    EXPECT_FALSE(covered(is_virtual ? 0x8800 : 0x08407000));
    EXPECT_FALSE(covered(is_virtual ? 0x8fff : 0x084077ff));
    EXPECT_TRUE(covered(is_virtual ? 0x9000 : 0x08407800));
    EXPECT_TRUE(covered(is_virtual ? 0x5c00 : 0x08900000)) << "the mailbox's DYN_CTL";
    EXPECT_EQ(covered(0x08401000), !is_virtual);
    EXPECT_FALSE(covered(is_virtual ? idpf::vf::kBar0Bytes : idpf::pf::kBar0Bytes));
  }
}

TEST(Ptp, TheClockCanBeReadAndNotSet) {
  ControlBench bench;
  bench.negotiate();
  bench.hardware.time_ps = 1'234'567;
  idpf::PtpGetCaps all;
  all.caps = ~0u;
  const Reply caps = bench.send(Opcode::kPtpGetCaps, all);
  ASSERT_EQ(caps.payload.size(), 104u);
  const auto answer = from_bytes<idpf::PtpGetCaps>(caps.payload);
  EXPECT_EQ(answer.caps, 3u);
  EXPECT_EQ(answer.peer_mbx_q_id, 0xFFFF);
  EXPECT_EQ(answer.clk_offsets.dev_clk_ns_l, 0x08404008u);
  EXPECT_EQ(answer.clk_offsets.dev_clk_ns_h, 0x0840400Cu);
  EXPECT_EQ(answer.clk_offsets.cmd_sync_trigger, 0x08404000u);
  EXPECT_EQ(from_bytes<idpf::PtpGetCaps>(bench.send(Opcode::kPtpGetCaps, Bytes(200)).payload).caps, 0u)
      << "no more than asked for";
  const Reply time = bench.send(Opcode::kPtpGetDevClkTime, Bytes(8));
  EXPECT_EQ(idpf::read_at<uint64_t>(time.payload), 1234u);
  ControlBench vf;
  vf.hardware.config.is_virtual = true;
  vf.negotiate();
  EXPECT_EQ(vf.status_of(Opcode::kPtpGetCaps, Bytes(104)), Status::kEperm) << "the registers are the PF's";
}

// By rule it has no answer; a physical function is reset by its register.
TEST(ResetVf, ResetsAVirtualFunctionAlone) {
  for (const bool is_virtual : {false, true}) {
    ControlBench bench;
    bench.hardware.config.is_virtual = is_virtual;
    bench.negotiate(true);
    bench.hardware.sent.clear();
    bench.post(Opcode::kResetVf, {});
    EXPECT_EQ(bench.hardware.function_resets, is_virtual ? 1u : 0u);
    EXPECT_TRUE(bench.hardware.sent.empty());
  }
}

}  // namespace
}  // namespace pspnic::firmware
