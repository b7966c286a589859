// SPDX-License-Identifier: Apache-2.0
// Messages 30008..30011 of the PSP extension: headers that the device builds for an SA, and flows that it
// protects without their driver's knowledge. List messages like those of psp_ext.h, with a status per entry;
// no key is in any of them. Flows belong to the management port; a function may only say how headers are
// built for SAs of its own. Addresses are bytes as on the wire, IPv4 the first four.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/idpf/virtchnl2_opcodes.h"
#include "model/idpf/wire.h"

namespace pspnic::idpf {

enum class PspEncapMode : uint8_t { kNone = 0, kTransport = 1, kTunnelV4 = 2, kTunnelV6 = 3 };

// PspTxEncap::flags.
inline constexpr uint8_t kPspEncapSample = 1u << 0;           // S
inline constexpr uint8_t kPspEncapDropAfterSample = 1u << 1;  // D
inline constexpr uint8_t kPspEncapVc = 1u << 2;               // vc is sent
inline constexpr uint8_t kPspEncapFlags = 0x7;

struct PspTxEncap {
  uint32_t sa_idx = 0;
  uint16_t sa_tag = 0;
  uint16_t status = 0;                           // out, a Status
  PspEncapMode mode = PspEncapMode::kTransport;  // kNone: the SA has no template any more
  uint8_t flags = 0;
  uint8_t crypt_offset = 0;  // 4-byte units behind the IV, 0..63
  uint8_t ttl = 64;          // or hop limit; tunnel modes, not 0
  uint8_t traffic_class = 0;
  std::array<uint8_t, 3> reserved{};
  uint32_t flow_label = 0;      // 20 bits
  uint16_t first_port = 49152;  // source port: from the flow's hash, within these; equal: fixed; not 0
  uint16_t last_port = 65535;
  std::array<uint8_t, 16> source{};  // of the outer IP header
  std::array<uint8_t, 16> destination{};
  uint64_t vc = 0;
};
static_assert(WireStruct<PspTxEncap> && sizeof(PspTxEncap) == 64);

// PSP_SET_TX_ENCAP.
struct PspTxEncapList {
  using Element = PspTxEncap;
  uint32_t vport_id = 0;
  uint32_t flags = 0;
  uint16_t num_encap = 0;
  std::array<uint8_t, 6> reserved{};
};
static_assert(WireHeader<PspTxEncapList> && sizeof(PspTxEncapList) == 16);
inline constexpr size_t kPspMaxEncapPerMsg = (kMaxPayload - sizeof(PspTxEncapList)) / sizeof(PspTxEncap);
static_assert(kPspMaxEncapPerMsg == 63);

// PspFlow::fields: which of the fields without prefix length are looked at.
inline constexpr uint16_t kPspFlowProtocol = 1u << 0;
inline constexpr uint16_t kPspFlowSourcePort = 1u << 1;  // with protocol 6, 17 or 132
inline constexpr uint16_t kPspFlowDestinationPort = 1u << 2;
inline constexpr uint16_t kPspFlowVlan = 1u << 3;  // of the outermost tag; 0: none
inline constexpr uint16_t kPspFlowVport = 1u << 4;
inline constexpr uint16_t kPspFlowFields = 0x1f;

inline constexpr uint16_t kPspFlowReplace = 1u << 0;  // PspFlow::flags: the rule of equal match may be there

// A flow as its sender's packets show it; those received match with source and destination exchanged.
struct PspFlow {
  uint32_t flow_id = 0;  // out
  uint16_t status = 0;   // out, a Status
  uint16_t flags = 0;
  std::array<uint8_t, 16> source{};
  std::array<uint8_t, 16> destination{};
  uint8_t family = 0;  // 4, 6; 0: both
  uint8_t protocol = 0;
  uint8_t source_bits = 0;  // of the prefix; 0: any
  uint8_t destination_bits = 0;
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint16_t vlan = 0;
  uint16_t vport = 0;
  uint16_t fields = 0;
  uint16_t sa_tag = 0;
  uint32_t sa_idx = 0;  // kPspSaIdxAny: none, nothing is sent
  uint32_t reserved = 0;
  std::array<uint32_t, 2> rx_spi{};  // the peer may use: present and next; 0: none
  uint64_t user_cookie = 0;          // echoed
};
static_assert(WireStruct<PspFlow> && sizeof(PspFlow) == 80);

// PSP_ADD_FLOW.
struct PspFlowList {
  using Element = PspFlow;
  uint32_t vport_id = 0;
  uint32_t flags = 0;
  uint16_t num_flows = 0;
  std::array<uint8_t, 6> reserved{};
};
static_assert(WireHeader<PspFlowList> && sizeof(PspFlowList) == 16);
inline constexpr size_t kPspMaxFlowsPerMsg = (kMaxPayload - sizeof(PspFlowList)) / sizeof(PspFlow);
static_assert(kPspMaxFlowsPerMsg == 51);

struct PspFlowId {
  uint32_t flow_id = 0;
  uint16_t status = 0;  // out, a Status
  uint16_t reserved = 0;
};
static_assert(WireStruct<PspFlowId> && sizeof(PspFlowId) == 8);

inline constexpr uint32_t kPspFlowDelAll = 1u << 0;  // PspFlowDel::flags; the list may be empty

// PSP_DEL_FLOW. The flow's packets pass in clear from then on.
struct PspFlowDel {
  using Element = PspFlowId;
  uint32_t vport_id = 0;
  uint32_t flags = 0;
  uint16_t num_flows = 0;
  std::array<uint8_t, 6> reserved{};
};
static_assert(WireHeader<PspFlowDel> && sizeof(PspFlowDel) == 16);

// Counted since the flow was added; bytes are those of the plain packets.
struct PspFlowCounts {
  uint32_t flow_id = 0;  // in
  uint16_t status = 0;
  uint16_t reserved = 0;
  uint64_t tx_packets = 0;  // sealed
  uint64_t tx_bytes = 0;
  uint64_t tx_dropped = 0;  // could not be protected
  uint64_t rx_packets = 0;  // from the peer
  uint64_t rx_bytes = 0;
  uint64_t rx_clear = 0;     // dropped: in clear
  uint64_t rx_mismatch = 0;  // dropped: authentic, under an SPI that is not the flow's
};
static_assert(WireStruct<PspFlowCounts> && sizeof(PspFlowCounts) == 64);

// PSP_GET_FLOW_STATS.
struct PspFlowStats {
  using Element = PspFlowCounts;
  uint32_t vport_id = 0;
  uint32_t flags = 0;
  uint16_t num_flows = 0;
  std::array<uint8_t, 6> reserved{};
};
static_assert(WireHeader<PspFlowStats> && sizeof(PspFlowStats) == 16);

}  // namespace pspnic::idpf
