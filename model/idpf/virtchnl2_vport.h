// SPDX-License-Identifier: Apache-2.0
// virtchnl2 vport messages: create, destroy, enable, statistics, filters and modes.
#pragma once

#include <array>
#include <cstdint>

#include "model/idpf/virtchnl2_opcodes.h"
#include "model/idpf/virtchnl2_queue.h"
#include "model/idpf/wire.h"

namespace pspnic::idpf {

// A vport_id that means the whole function (ADD_QUEUES for config queues, PSP messages).
inline constexpr uint32_t kVportNone = 0xFFFFFFFF;

enum class VportType : uint16_t { kDefault = 0, kSriov = 1, kSiov = 2, kSubdev = 3, kMng = 4 };

// CreateVport::vport_flags.
inline constexpr uint16_t kVportUplink = 1u << 0;
inline constexpr uint16_t kVportInlineFlowSteer = 1u << 1;
inline constexpr uint16_t kVportInlineFlowSteerRxq = 1u << 2;
inline constexpr uint16_t kVportSidebandFlowSteer = 1u << 3;
inline constexpr uint16_t kVportRdma = 1u << 4;
inline constexpr uint16_t kVportP2p = 1u << 15;

inline constexpr uint32_t kRssAlgorithmToeplitz = 0;  // CreateVport::rss_algorithm, asymmetric Toeplitz

// CREATE_VPORT, both directions; the reply is followed by one QueueRegChunk a queue type.
struct CreateVport {
  using Element = QueueRegChunk;
  VportType vport_type = VportType::kDefault;
  QueueModel txq_model = QueueModel::kSingle;
  QueueModel rxq_model = QueueModel::kSingle;
  uint16_t num_tx_q = 0;
  uint16_t num_tx_complq = 0;
  uint16_t num_rx_q = 0;
  uint16_t num_rx_bufq = 0;
  uint16_t default_rx_q = 0;
  uint16_t vport_index = 0;  // echoed
  uint16_t max_mtu = 0;      // bytes, reply; Linux takes 26 off it, DPDK uses it as it is
  uint32_t vport_id = 0;     // reply; < max_vports
  std::array<uint8_t, 6> default_mac_addr{};
  uint16_t vport_flags = 0;
  uint64_t rx_desc_ids = 0;  // bit n: RXDID n
  uint64_t tx_desc_ids = 0;  // bit n: DTYPE n
  std::array<uint8_t, 48> reserved{};
  uint64_t inline_flow_caps = 0;
  uint64_t sideband_flow_caps = 0;
  uint32_t sideband_flow_actions = 0;
  uint32_t flow_steer_max_rules = 0;
  uint32_t rss_algorithm = 0;
  uint16_t rss_key_size = 0;  // bytes
  uint16_t rss_lut_size = 0;  // entries
  uint32_t rx_split_pos = 0;
  std::array<uint8_t, 20> reserved1{};
  uint16_t num_chunks = 0;
  std::array<uint8_t, 6> reserved2{};
};
static_assert(WireHeader<CreateVport> && sizeof(CreateVport) == 160);

// DESTROY_, ENABLE_, DISABLE_VPORT. DPDK leaves the reserved bytes uninitialised.
struct VportMessage {
  uint32_t vport_id = 0;
  uint32_t reserved = 0;
};
static_assert(WireStruct<VportMessage> && sizeof(VportMessage) == 8);

// GET_STATS; counters since the vport was created. Linux's packet count is the sum of the three kinds.
struct VportStats {
  uint32_t vport_id = 0;
  uint32_t reserved = 0;
  uint64_t rx_bytes = 0;
  uint64_t rx_unicast = 0;
  uint64_t rx_multicast = 0;
  uint64_t rx_broadcast = 0;
  uint64_t rx_discards = 0;
  uint64_t rx_errors = 0;
  uint64_t rx_unknown_protocol = 0;
  uint64_t tx_bytes = 0;
  uint64_t tx_unicast = 0;
  uint64_t tx_multicast = 0;
  uint64_t tx_broadcast = 0;
  uint64_t tx_discards = 0;
  uint64_t tx_errors = 0;
  uint64_t rx_invalid_frame_length = 0;
  uint64_t rx_overflow_drop = 0;
};
static_assert(WireStruct<VportStats> && sizeof(VportStats) == 128);

enum class MacAddrType : uint8_t { kPrimary = 1, kExtra = 2 };

struct MacAddr {
  std::array<uint8_t, 6> addr{};
  MacAddrType type = MacAddrType::kPrimary;
  uint8_t reserved = 0;
};
static_assert(WireStruct<MacAddr> && sizeof(MacAddr) == 8);

// ADD_MAC_ADDR, DEL_MAC_ADDR. An error reply must hold the request's list: Linux reads it.
struct MacAddrList {
  using Element = MacAddr;
  uint32_t vport_id = 0;
  uint16_t num_mac_addr = 0;
  uint16_t reserved = 0;
};
static_assert(WireHeader<MacAddrList> && sizeof(MacAddrList) == 8);

inline constexpr uint16_t kPromiscUnicast = 1u << 0;
inline constexpr uint16_t kPromiscMulticast = 1u << 1;

// CONFIG_PROMISCUOUS_MODE; absent flags switch that mode off.
struct PromiscInfo {
  uint32_t vport_id = 0;
  uint16_t flags = 0;
  uint16_t reserved = 0;
};
static_assert(WireStruct<PromiscInfo> && sizeof(PromiscInfo) == 8);

// LOOPBACK: the vport's transmitted frames come back to it.
struct Loopback {
  uint32_t vport_id = 0;
  uint8_t enable = 0;  // 0 or 1
  std::array<uint8_t, 3> reserved{};
};
static_assert(WireStruct<Loopback> && sizeof(Loopback) == 8);

// EVENT, v_opcode 522. The only way a driver learns the link state. PspEvent overlays it.
struct Event {
  EventCode event = EventCode::kUnknown;
  uint32_t link_speed = 0;  // Mbit/s
  uint32_t vport_id = 0;
  uint8_t link_status = 0;  // 1 up
  uint8_t reserved = 0;
  uint16_t adi_id = 0;
};
static_assert(WireStruct<Event> && sizeof(Event) == 16);

}  // namespace pspnic::idpf
