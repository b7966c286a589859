// SPDX-License-Identifier: Apache-2.0
// virtchnl2 messages of features a basic bring-up does not need: SR-IOV, VLAN, LAN memory regions, PTP, flow
// rules.
#pragma once

#include <array>
#include <cstdint>

#include "model/idpf/virtchnl2_vport.h"
#include "model/idpf/wire.h"

namespace pspnic::idpf {

// SET_SRIOV_VFS.
struct SriovVfs {
  uint16_t num_vfs = 0;
  uint16_t reserved = 0;
};
static_assert(WireStruct<SriovVfs> && sizeof(SriovVfs) == 4);

inline constexpr uint32_t kVlanEthertype8100 = 1u
                                               << 0;  // VlanGetCaps::ethertypes, VlanSetting::outer_ethertype

// GET_VLAN_CAPS reply.
struct VlanGetCaps {
  uint32_t strip_outer = 0;
  std::array<uint8_t, 12> strip_reserved{};
  uint32_t insert_outer = 0;
  std::array<uint8_t, 12> insert_reserved{};
  uint32_t ethertypes = 0;
  std::array<uint8_t, 44> reserved{};
};
static_assert(WireStruct<VlanGetCaps> && sizeof(VlanGetCaps) == 80);

// ENABLE_/DISABLE_VLAN_STRIPPING, ENABLE_/DISABLE_VLAN_INSERTION.
struct VlanSetting {
  uint32_t vport_id = 0;
  uint32_t outer_ethertype = 0;
  std::array<uint8_t, 24> reserved{};
};
static_assert(WireStruct<VlanSetting> && sizeof(VlanSetting) == 32);

// A stretch of BAR0 the driver should map.
struct MemoryRegion {
  uint64_t start_offset = 0;
  uint64_t size = 0;  // bytes
};
static_assert(WireStruct<MemoryRegion> && sizeof(MemoryRegion) == 16);

// GET_LAN_MEMORY_REGIONS reply.
struct LanMemoryRegions {
  using Element = MemoryRegion;
  uint16_t num_memory_regions = 0;
  std::array<uint8_t, 6> reserved{};
};
static_assert(WireHeader<LanMemoryRegions> && sizeof(LanMemoryRegions) == 8);

// PtpGetCaps::caps.
inline constexpr uint32_t kPtpGetTime = 1u << 0;         // by registers
inline constexpr uint32_t kPtpGetTimeMailbox = 1u << 1;  // by PTP_GET_DEV_CLK_TIME

// BAR0 offsets; 0: there is no such register.
struct PtpClockRegisters {
  uint32_t dev_clk_ns_l = 0;
  uint32_t dev_clk_ns_h = 0;
  uint32_t phy_clk_ns_l = 0;
  uint32_t phy_clk_ns_h = 0;
  uint32_t cmd_sync_trigger = 0;
  uint32_t reserved = 0;
};
static_assert(WireStruct<PtpClockRegisters> && sizeof(PtpClockRegisters) == 24);

inline constexpr uint16_t kPtpNoPeerMailbox = 0xFFFF;  // PtpGetCaps::peer_mbx_q_id

// PTP_GET_CAPS; the reply must be exactly this long. The last two blocks are offsets of registers to set the
// clock by.
struct PtpGetCaps {
  uint32_t caps = 0;
  uint32_t max_adj = 0;  // parts per billion
  uint64_t base_incval = 0;
  uint16_t peer_mbx_q_id = 0;
  uint8_t peer_id = 0;
  uint8_t mbx_q_index = 0;
  uint32_t reserved = 0;
  PtpClockRegisters clk_offsets;
  std::array<uint8_t, 16> cross_time_offsets{};
  std::array<uint8_t, 40> clk_adj_offsets{};
};
static_assert(WireStruct<PtpGetCaps> && sizeof(PtpGetCaps) == 104);

// PTP_GET_DEV_CLK_TIME.
struct PtpDeviceTime {
  uint64_t dev_time_ns = 0;
};
static_assert(WireStruct<PtpDeviceTime> && sizeof(PtpDeviceTime) == 8);

// One rule of ADD_, GET_, DEL_FLOW_RULE.
struct FlowRuleInfo {
  uint32_t rule_id = 0;
  std::array<uint8_t, 552> proto_hdrs{};
  std::array<uint8_t, 100> action_set{};
  uint32_t priority = 0;
  std::array<uint8_t, 8> reserved{};
  uint32_t status = 0;
};
static_assert(WireStruct<FlowRuleInfo> && sizeof(FlowRuleInfo) == 672);

// Header of ADD_, GET_, DEL_FLOW_RULE.
struct FlowRules {
  using Element = FlowRuleInfo;
  uint32_t vport_id = 0;
  uint32_t count = 0;
};
static_assert(WireHeader<FlowRules> && sizeof(FlowRules) == 8);

// GET_PORT_STATS, both directions; the request has vport_id. Sizes of frames are with their FCS.
struct PortStats {
  uint32_t vport_id = 0;
  uint32_t reserved = 0;
  uint64_t rx_bytes = 0;
  uint64_t rx_unicast = 0;
  uint64_t rx_multicast = 0;
  uint64_t rx_broadcast = 0;
  std::array<uint64_t, 7> rx_sizes{};  // up to 64, 127, 255, 511, 1023, 1518 bytes, and longer
  uint64_t rx_xon = 0;
  uint64_t rx_xoff = 0;
  uint64_t rx_undersized = 0;
  uint64_t rx_fragmented = 0;
  uint64_t rx_oversized = 0;
  uint64_t rx_jabber = 0;
  uint64_t rx_csum_errors = 0;
  uint64_t rx_length_errors = 0;
  uint64_t rx_dropped = 0;
  uint64_t rx_crc_errors = 0;
  uint64_t rx_runt_errors = 0;
  uint64_t rx_illegal_bytes = 0;
  uint64_t rx_total = 0;
  std::array<uint8_t, 128> rx_reserved{};
  uint64_t tx_bytes = 0;
  uint64_t tx_unicast = 0;
  uint64_t tx_multicast = 0;
  uint64_t tx_broadcast = 0;
  uint64_t tx_errors = 0;
  uint64_t tx_timeouts = 0;
  std::array<uint64_t, 7> tx_sizes{};
  uint64_t tx_xon = 0;
  uint64_t tx_xoff = 0;
  uint64_t tx_dropped_link_down = 0;
  uint64_t tx_total = 0;
  std::array<uint8_t, 128> tx_reserved{};
  uint64_t mac_local_faults = 0;
  uint64_t mac_remote_faults = 0;
  VportStats vport;
};
static_assert(WireStruct<PortStats> && sizeof(PortStats) == 736);

}  // namespace pspnic::idpf
