// SPDX-License-Identifier: Apache-2.0
// virtchnl2 VERSION, GET_CAPS and GET_OEM_CAPS. A driver sets the capabilities it wants; the reply is
// requested AND supported, never more.
#pragma once

#include <array>
#include <cstdint>

#include "model/idpf/wire.h"

namespace pspnic::idpf {

inline constexpr uint32_t kVersionMajor = 2;
inline constexpr uint32_t kVersionMinor = 0;

// VERSION, both directions.
struct VersionInfo {
  uint32_t major = 0;
  uint32_t minor = 0;
};
static_assert(WireStruct<VersionInfo> && sizeof(VersionInfo) == 8);

// csum_caps: what the device may compute on transmit and check on receive.
inline constexpr uint32_t kCsumTxL3Ipv4 = 1u << 0;
inline constexpr uint32_t kCsumTxL4Ipv4Tcp = 1u << 1;
inline constexpr uint32_t kCsumTxL4Ipv4Udp = 1u << 2;
inline constexpr uint32_t kCsumTxL4Ipv4Sctp = 1u << 3;
inline constexpr uint32_t kCsumTxL4Ipv6Tcp = 1u << 4;
inline constexpr uint32_t kCsumTxL4Ipv6Udp = 1u << 5;
inline constexpr uint32_t kCsumTxL4Ipv6Sctp = 1u << 6;
inline constexpr uint32_t kCsumTxGeneric = 1u << 7;
inline constexpr uint32_t kCsumRxL3Ipv4 = 1u << 8;
inline constexpr uint32_t kCsumRxL4Ipv4Tcp = 1u << 9;
inline constexpr uint32_t kCsumRxL4Ipv4Udp = 1u << 10;
inline constexpr uint32_t kCsumRxL4Ipv4Sctp = 1u << 11;
inline constexpr uint32_t kCsumRxL4Ipv6Tcp = 1u << 12;
inline constexpr uint32_t kCsumRxL4Ipv6Udp = 1u << 13;
inline constexpr uint32_t kCsumRxL4Ipv6Sctp = 1u << 14;
inline constexpr uint32_t kCsumRxGeneric = 1u << 15;
inline constexpr uint32_t kCsumTxL3SingleTunnel = 1u << 16;
inline constexpr uint32_t kCsumTxL3DoubleTunnel = 1u << 17;
inline constexpr uint32_t kCsumRxL3SingleTunnel = 1u << 18;
inline constexpr uint32_t kCsumRxL3DoubleTunnel = 1u << 19;
inline constexpr uint32_t kCsumTxL4SingleTunnel = 1u << 20;
inline constexpr uint32_t kCsumTxL4DoubleTunnel = 1u << 21;
inline constexpr uint32_t kCsumRxL4SingleTunnel = 1u << 22;
inline constexpr uint32_t kCsumRxL4DoubleTunnel = 1u << 23;

// seg_caps: segmentation offload.
inline constexpr uint32_t kSegIpv4Tcp = 1u << 0;
inline constexpr uint32_t kSegIpv4Udp = 1u << 1;
inline constexpr uint32_t kSegIpv4Sctp = 1u << 2;
inline constexpr uint32_t kSegIpv6Tcp = 1u << 3;
inline constexpr uint32_t kSegIpv6Udp = 1u << 4;
inline constexpr uint32_t kSegIpv6Sctp = 1u << 5;
inline constexpr uint32_t kSegGeneric = 1u << 6;
inline constexpr uint32_t kSegSingleTunnel = 1u << 7;
inline constexpr uint32_t kSegDoubleTunnel = 1u << 8;

// rss_caps, and ptype_groups of SET_RSS_HASH.
inline constexpr uint64_t kRssIpv4Tcp = 1u << 0;
inline constexpr uint64_t kRssIpv4Udp = 1u << 1;
inline constexpr uint64_t kRssIpv4Sctp = 1u << 2;
inline constexpr uint64_t kRssIpv4Other = 1u << 3;
inline constexpr uint64_t kRssIpv6Tcp = 1u << 4;
inline constexpr uint64_t kRssIpv6Udp = 1u << 5;
inline constexpr uint64_t kRssIpv6Sctp = 1u << 6;
inline constexpr uint64_t kRssIpv6Other = 1u << 7;
inline constexpr uint64_t kRssIpv4Ah = 1u << 8;
inline constexpr uint64_t kRssIpv4Esp = 1u << 9;
inline constexpr uint64_t kRssIpv4AhEsp = 1u << 10;
inline constexpr uint64_t kRssIpv6Ah = 1u << 11;
inline constexpr uint64_t kRssIpv6Esp = 1u << 12;
inline constexpr uint64_t kRssIpv6AhEsp = 1u << 13;

// hsplit_caps: header split positions.
inline constexpr uint32_t kHsplitAtL2 = 1u << 0;
inline constexpr uint32_t kHsplitAtL3 = 1u << 1;
inline constexpr uint32_t kHsplitAtL4Ipv4 = 1u << 2;
inline constexpr uint32_t kHsplitAtL4Ipv6 = 1u << 3;

// rsc_caps: receive-side coalescing.
inline constexpr uint32_t kRscIpv4Tcp = 1u << 0;
inline constexpr uint32_t kRscIpv4Sctp = 1u << 1;
inline constexpr uint32_t kRscIpv6Tcp = 1u << 2;
inline constexpr uint32_t kRscIpv6Sctp = 1u << 3;

// other_caps.
inline constexpr uint64_t kCapRdma = 1ull << 0;
inline constexpr uint64_t kCapSriov = 1ull << 1;
inline constexpr uint64_t kCapMacFilter = 1ull << 2;
inline constexpr uint64_t kCapSplitqQsched = 1ull << 4;
inline constexpr uint64_t kCapCrc = 1ull << 5;
inline constexpr uint64_t kCapWbOnItr = 1ull << 7;
inline constexpr uint64_t kCapPromisc = 1ull << 8;
inline constexpr uint64_t kCapLinkSpeed = 1ull << 9;
inline constexpr uint64_t kCapInlineIpsec = 1ull << 10;
inline constexpr uint64_t kCapLargeNumQueues = 1ull << 11;
inline constexpr uint64_t kCapVlan = 1ull << 12;
inline constexpr uint64_t kCapPtp = 1ull << 13;
inline constexpr uint64_t kCapEdt = 1ull << 14;
inline constexpr uint64_t kCapAdvRss = 1ull << 15;
inline constexpr uint64_t kCapRxFlexDesc = 1ull << 17;
inline constexpr uint64_t kCapPtype = 1ull << 18;
inline constexpr uint64_t kCapLoopback = 1ull << 19;
inline constexpr uint64_t kCapMissComplTag = 1ull << 20;
inline constexpr uint64_t kCapFlowSteer = 1ull << 21;
inline constexpr uint64_t kCapLanMemoryRegions = 1ull << 22;
inline constexpr uint64_t kCapTxCmplTstmp = 1ull << 23;
inline constexpr uint64_t kCapTxLargeComplq = 1ull << 24;
inline constexpr uint64_t kCapOem = 1ull << 63;

inline constexpr uint32_t kDeviceTypeUnspecified =
    0;  // GetCapabilities::device_type; kDeviceTypeOpsp is ours

// GET_CAPS, both directions; in the request only the capability words are set.
struct GetCapabilities {
  uint32_t csum_caps = 0;
  uint32_t seg_caps = 0;
  uint32_t hsplit_caps = 0;
  uint32_t rsc_caps = 0;
  uint64_t rss_caps = 0;
  uint64_t other_caps = 0;
  uint32_t mailbox_dyn_ctl = 0;        // BAR0 offset of the mailbox vector's DYN_CTL
  uint16_t mailbox_vector_id = 0;      // MSI-X entry
  uint16_t num_allocated_vectors = 0;  // with the mailbox's; >= 2 for Linux
  uint16_t max_rx_q = 0;
  uint16_t max_tx_q = 0;
  uint16_t max_rx_bufq = 0;    // >= 2 * max_rx_q
  uint16_t max_tx_complq = 0;  // >= max_tx_q
  uint16_t max_sriov_vfs = 0;
  uint16_t max_vports = 0;          // vport ids stay below it
  uint16_t default_num_vports = 0;  // >= 1: drivers divide by it
  uint16_t max_tx_hdr_size = 0;     // bytes; 0 disables every Tx offload in Linux
  uint8_t max_sg_bufs_per_tx_pkt = 0;
  uint8_t reserved = 0;
  uint16_t max_adis = 0;
  uint16_t oem_cp_ver_major = 0;
  uint16_t oem_cp_ver_minor = 0;
  uint32_t device_type = 0;
  uint8_t min_sso_packet_len = 0;  // bytes, shortest frame a driver may send
  uint8_t max_hdr_buf_per_lso = 0;
  uint16_t num_rdma_allocated_vectors = 0;
  uint8_t tx_cmpl_tstamp_ns_s = 0;
  std::array<uint8_t, 7> reserved1{};
};
static_assert(WireStruct<GetCapabilities> && sizeof(GetCapabilities) == 80);

// GET_OEM_CAPS, both directions: a mask, request AND supported. Bits 0..31 are others'; the PSP ones start
// at 32.
struct OemCaps {
  uint64_t caps = 0;
};
static_assert(WireStruct<OemCaps> && sizeof(OemCaps) == 8);

// GET_EDT_CAPS reply: earliest departure time.
struct EdtCaps {
  uint64_t tstamp_granularity_ns = 0;
  uint64_t time_horizon_ns = 0;
};
static_assert(WireStruct<EdtCaps> && sizeof(EdtCaps) == 16);

}  // namespace pspnic::idpf
