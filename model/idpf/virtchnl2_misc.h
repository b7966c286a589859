// SPDX-License-Identifier: Apache-2.0
// virtchnl2 messages of features a basic bring-up does not need: SR-IOV, VLAN, LAN memory regions, PTP, flow
// rules.
#pragma once

#include <array>
#include <cstdint>

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

inline constexpr uint16_t kPtpNoPeerMailbox = 0xFFFF;  // PtpGetCaps::peer_mbx_q_id

// PTP_GET_CAPS; the reply must be exactly this long. The offset blocks are not interpreted here.
struct PtpGetCaps {
  uint32_t caps = 0;
  uint32_t max_adj = 0;  // parts per billion
  uint64_t base_incval = 0;
  uint16_t peer_mbx_q_id = 0;
  uint8_t peer_id = 0;
  uint8_t mbx_q_index = 0;
  uint32_t reserved = 0;
  std::array<uint8_t, 24> clk_offsets{};
  std::array<uint8_t, 16> cross_time_offsets{};
  std::array<uint8_t, 40> clk_adj_offsets{};
};
static_assert(WireStruct<PtpGetCaps> && sizeof(PtpGetCaps) == 104);

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

inline constexpr size_t kPortStatsBytes = 736;  // GET_PORT_STATS reply

}  // namespace pspnic::idpf
