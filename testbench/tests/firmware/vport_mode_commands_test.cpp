// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/firmware/control_bench.h"

namespace pspnic::firmware {
namespace {

Bytes mac_list(std::vector<idpf::MacAddr> list, uint32_t vport = 0) {
  return to_bytes(idpf::MacAddrList{.vport_id = vport, .num_mac_addr = static_cast<uint16_t>(list.size())},
                  list);
}

TEST(MacAddresses, AddAndDelete) {
  ControlBench bench;
  bench.negotiate();
  bench.create_vport();
  const net::MacAddress factory = bench.hardware.config.mac;
  const net::MacAddress extra{{2, 0, 0, 0, 0, 0x20}};
  const net::MacAddress primary{{2, 0, 0, 0, 0, 0x21}};
  using Addresses = std::vector<net::MacAddress>;
  const Addresses& now = bench.hardware.vports[0].addresses;
  EXPECT_EQ(now, Addresses{factory});
  EXPECT_EQ(bench.status_of(Opcode::kAddMacAddr, mac_list({{factory.bytes}})), Status::kSuccess);
  EXPECT_EQ(now, Addresses{factory}) << "a second time changes nothing";
  const idpf::MacAddr extra_entry{extra.bytes, idpf::MacAddrType::kExtra};
  EXPECT_EQ(bench.status_of(Opcode::kAddMacAddr, mac_list({extra_entry, {primary.bytes}})), Status::kSuccess);
  EXPECT_EQ(now, (Addresses{primary, factory, extra}));
  EXPECT_EQ(bench.status_of(Opcode::kDelMacAddr, mac_list({extra_entry, {factory.bytes}})), Status::kSuccess);
  EXPECT_EQ(now, Addresses{primary});
  EXPECT_EQ(bench.status_of(Opcode::kDelMacAddr, mac_list({{primary.bytes}, extra_entry})), Status::kEnxio);
  EXPECT_EQ(now, Addresses{primary});
}

TEST(MacAddresses, BadListsAreRefusedWithTheListInTheAnswer) {
  ControlBench bench;
  bench.negotiate();
  bench.create_vport();
  EXPECT_EQ(bench.status_of(Opcode::kAddMacAddr, mac_list({})), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kAddMacAddr, mac_list({{}})), Status::kEinval) << "zero address";
  EXPECT_EQ(bench.status_of(Opcode::kAddMacAddr, mac_list({{{2, 0, 0, 0, 0, 1}, idpf::MacAddrType{3}}})),
            Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kAddMacAddr, mac_list({{{2, 0, 0, 0, 0, 1}}}, 1)), Status::kEnxio);
  Bytes cut = mac_list({{{2, 0, 0, 0, 0, 1}}, {{2, 0, 0, 0, 0, 2}}});
  cut.pop_back();
  const Reply reply = bench.send(Opcode::kAddMacAddr, cut);
  EXPECT_EQ(reply.status, Status::kEinval);
  EXPECT_EQ(reply.payload, cut);
  std::vector<idpf::MacAddr> many;
  for (uint8_t i = 0; i < 70; ++i) many.push_back({{2, 0, 0, 0, 1, i}, idpf::MacAddrType::kExtra});
  EXPECT_EQ(bench.status_of(Opcode::kAddMacAddr, mac_list(many)), Status::kEnospc);
}

TEST(VportModes, PromiscuousAndLoopback) {
  ControlBench bench;
  bench.negotiate();
  bench.create_vport();
  const VportContext& vport = bench.hardware.vports[0];
  EXPECT_EQ(bench.status_of(Opcode::kConfigPromiscuousMode, idpf::PromiscInfo{0, 1}), Status::kSuccess);
  EXPECT_TRUE(vport.promiscuous_unicast && !vport.promiscuous_multicast);
  EXPECT_EQ(bench.status_of(Opcode::kConfigPromiscuousMode, idpf::PromiscInfo{0, 2}), Status::kSuccess);
  EXPECT_TRUE(!vport.promiscuous_unicast && vport.promiscuous_multicast);
  EXPECT_EQ(bench.status_of(Opcode::kConfigPromiscuousMode, idpf::PromiscInfo{0, 4}), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kConfigPromiscuousMode, idpf::PromiscInfo{7, 1}), Status::kEnxio);
  EXPECT_EQ(bench.status_of(Opcode::kLoopback, idpf::Loopback{0, 1}), Status::kSuccess);
  EXPECT_TRUE(vport.loopback);
  EXPECT_EQ(bench.status_of(Opcode::kLoopback, idpf::Loopback{0, 2}), Status::kEinval);
  EXPECT_EQ(bench.status_of(Opcode::kLoopback, idpf::Loopback{0, 0}), Status::kSuccess);
  EXPECT_FALSE(vport.loopback);
}

TEST(VportStats, CountFromTheCreation) {
  ControlBench bench;
  bench.negotiate();
  bench.hardware.vport_counter_values.rx_bytes = 1000;
  bench.create_vport();
  VportCounters& counters = bench.hardware.vport_counter_values;
  counters = {.rx_bytes = 1001,
              .rx_unicast = 2,
              .rx_multicast = 3,
              .rx_broadcast = 4,
              .rx_discards = 5,
              .rx_errors = 6,
              .rx_unknown_protocol = 7,
              .rx_invalid_frame_length = 14,
              .rx_overflow_drop = 15,
              .tx_bytes = 8,
              .tx_unicast = 9,
              .tx_multicast = 10,
              .tx_broadcast = 11,
              .tx_discards = 12,
              .tx_errors = 13};
  const Reply reply = bench.send(Opcode::kGetStats, Bytes(128));
  ASSERT_EQ(reply.payload.size(), 128u);
  for (uint64_t word = 0; word < 15; ++word) {
    EXPECT_EQ(idpf::read_at<uint64_t>(reply.payload, 8 + 8 * word), word + 1);
  }
  EXPECT_EQ(bench.status_of(Opcode::kGetStats, idpf::VportMessage{3}), Status::kEnxio);
}

TEST(Trust, WithoutItAVportHasOnlyTheAddressItWasGiven) {
  for (const bool trusted : {true, false}) {
    ControlBench bench;
    bench.hardware.config.trusted = trusted;
    bench.send(Opcode::kVersion, idpf::VersionInfo{2, 0});
    const Reply reply = bench.send(Opcode::kGetCaps, idpf::GetCapabilities{.other_caps = ~0ull});
    EXPECT_EQ((from_bytes<idpf::GetCapabilities>(reply.payload).other_caps & idpf::kCapPromisc) != 0,
              trusted);
    bench.create_vport();
    const Status expected = trusted ? Status::kSuccess : Status::kEperm;
    const auto add = [&](std::array<uint8_t, 6> address) {
      return bench.status_of(Opcode::kAddMacAddr, mac_list({{address, idpf::MacAddrType::kExtra}}));
    };
    EXPECT_EQ(add({2, 0, 0, 0, 9, 9}), expected);
    EXPECT_EQ(add({0x33, 0x33, 0, 0, 0, 1}), Status::kSuccess) << "a group";
    EXPECT_EQ(add(bench.hardware.config.mac.bytes), Status::kSuccess) << "its own";
    EXPECT_EQ(bench.status_of(Opcode::kConfigPromiscuousMode, idpf::PromiscInfo{0, 1}), expected);
    EXPECT_EQ(bench.status_of(Opcode::kConfigPromiscuousMode, idpf::PromiscInfo{0, 0}), Status::kSuccess);
  }
}

}  // namespace
}  // namespace pspnic::firmware
