// SPDX-License-Identifier: Apache-2.0
// VERSION, GET_CAPS, GET_OEM_CAPS, GET_PTYPE_INFO: what the driver may use.
#include <algorithm>

#include "firmware/commands.h"
#include "model/idpf/ptypes.h"
#include "model/idpf/registers.h"
#include "model/idpf/tx_descriptors.h"

namespace pspnic::firmware {
namespace {

using idpf::Status;

// Everything the device can do; a reply is this AND the request. SPLITQ_QSCHED stays out: drivers differ in
// the size of the completions it brings. SCTP's CRC is not computed. MISS_COMPL_TAG stays out: it takes bit
// 15 of the completion tag.
constexpr uint32_t kCsumCaps = idpf::kCsumTxL3Ipv4 | idpf::kCsumTxL4Ipv4Tcp | idpf::kCsumTxL4Ipv4Udp |
                               idpf::kCsumTxL4Ipv6Tcp | idpf::kCsumTxL4Ipv6Udp | idpf::kCsumTxGeneric |
                               idpf::kCsumRxL3Ipv4 | idpf::kCsumRxL4Ipv4Tcp | idpf::kCsumRxL4Ipv4Udp |
                               idpf::kCsumRxL4Ipv6Tcp | idpf::kCsumRxL4Ipv6Udp | idpf::kCsumRxGeneric;
// The tunnel bits are about tunnels without PSP, whose inner headers are not looked for; PSP's tunnels are
// announced by kPspFeatureTunnelMode.
constexpr uint32_t kSegCaps = idpf::kSegIpv4Tcp | idpf::kSegIpv6Tcp | idpf::kSegIpv4Udp | idpf::kSegIpv6Udp;
constexpr uint32_t kRscCaps = idpf::kRscIpv4Tcp | idpf::kRscIpv6Tcp;
constexpr uint32_t kHsplitCaps = idpf::kHsplitAtL4Ipv4 | idpf::kHsplitAtL4Ipv6;
constexpr uint64_t kRssCaps = idpf::kRssIpv4Tcp | idpf::kRssIpv4Udp | idpf::kRssIpv4Sctp |
                              idpf::kRssIpv4Other | idpf::kRssIpv6Tcp | idpf::kRssIpv6Udp |
                              idpf::kRssIpv6Sctp | idpf::kRssIpv6Other;
constexpr uint64_t kOtherCaps = idpf::kCapMacFilter | idpf::kCapWbOnItr | idpf::kCapPromisc |
                                idpf::kCapLoopback | idpf::kCapLanMemoryRegions | idpf::kCapOem;

constexpr uint8_t kMinSsoPacketBytes = idpf::kMinTxFrameBytes;  // what Linux assumes anyway if told 0
constexpr uint8_t kMaxHeaderBuffersPerLso = 3;

}  // namespace

Status version(Command& command) {
  // The driver judges the answer; only with the same major version will it go on, and so do we.
  command.state.version_agreed = command.read<idpf::VersionInfo>().major == idpf::kVersionMajor;
  command.answer(idpf::VersionInfo{.major = idpf::kVersionMajor, .minor = idpf::kVersionMinor});
  return Status::kSuccess;
}

Status get_caps(Command& command) {
  ControlState& state = command.state;
  if (state.any_vport() || state.psp_in_use()) {
    return command.refuse(Status::kEsm, {"v_opcode", {}, "no vport, and no SAs nor SPIs of PSP in use"});
  }
  const auto wanted = command.read<idpf::GetCapabilities>();
  const Limits& limits = command.hardware.limits();
  idpf::GetCapabilities granted;
  granted.csum_caps = wanted.csum_caps & kCsumCaps;
  granted.seg_caps = wanted.seg_caps & kSegCaps;
  granted.hsplit_caps = wanted.hsplit_caps & kHsplitCaps;
  granted.rsc_caps = wanted.rsc_caps & kRscCaps;
  granted.rss_caps = wanted.rss_caps & kRssCaps;
  uint64_t other_caps = kOtherCaps;
  if (limits.max_vfs != 0) other_caps |= idpf::kCapSriov;
  if (!limits.trusted) other_caps &= ~idpf::kCapPromisc;
  if (!limits.is_virtual) other_caps |= idpf::kCapPtp;  // the clock's registers are the PF's
  granted.other_caps = wanted.other_caps & other_caps;
  granted.mailbox_dyn_ctl = limits.is_virtual ? idpf::vf::kIntDynCtl0 : idpf::pf::glint_dyn_ctl(0);
  granted.mailbox_vector_id = 0;
  granted.num_allocated_vectors = limits.vectors;
  granted.max_rx_q = limits.rx_queues;
  granted.max_tx_q = limits.tx_queues;
  granted.max_rx_bufq = limits.buffer_queues;
  granted.max_tx_complq = limits.tx_queues;
  granted.max_sriov_vfs = (granted.other_caps & idpf::kCapSriov) != 0 ? limits.max_vfs : uint16_t{0};
  granted.max_vports = limits.vports;
  granted.default_num_vports = 1;
  granted.max_tx_hdr_size = limits.max_tx_header_bytes;
  granted.max_sg_bufs_per_tx_pkt = limits.max_sg_buffers;
  granted.min_sso_packet_len = kMinSsoPacketBytes;
  granted.max_hdr_buf_per_lso = kMaxHeaderBuffersPerLso;
  if ((granted.other_caps & idpf::kCapOem) != 0) {
    granted.device_type = idpf::kDeviceTypeOpsp;
    granted.oem_cp_ver_major = idpf::kOpspVersionMajor;
    granted.oem_cp_ver_minor = idpf::kOpspVersionMinor;
  }
  state.caps = granted;
  state.oem_caps = 0;
  command.answer(granted);
  return Status::kSuccess;
}

Status get_oem_caps(Command& command) {
  if (command.state.psp_in_use()) {
    return command.refuse(Status::kEsm, {"v_opcode", {}, "no SAs nor SPIs of PSP in use"});
  }
  uint64_t supported = idpf::kPspCapMbx | idpf::kPspCapRxMeta | idpf::kPspCapMbxVflags;
  if (command.hardware.limits().config_queue_pairs != 0) supported |= idpf::kPspCapCfgq;
  if (command.options.key_in_descriptor) supported |= idpf::kPspCapKeyInDesc;
  command.state.oem_caps = command.read<idpf::OemCaps>().caps & supported;
  command.answer(idpf::OemCaps{.caps = command.state.oem_caps});
  return Status::kSuccess;
}

// Entries whose ids lie in the range asked for; behind the last entry of all, and in every later answer, the
// terminator. So a driver that walks the ids in steps and one that asks once for all see the same list.
Status get_ptype_info(Command& command) {
  const auto wanted = command.read<idpf::GetPtypeInfo>();
  if (wanted.num_ptypes == 0) return command.refuse(Status::kEinval, "num_ptypes", 0, "1 or more");
  if (wanted.start_ptype_id >= idpf::kMaxPtypes) {
    return command.refuse(Status::kEinval, "start_ptype_id", wanted.start_ptype_id,
                          range_text(0, idpf::kMaxPtypes - 1));
  }
  const uint32_t end = uint32_t{wanted.start_ptype_id} + wanted.num_ptypes;
  const bool with_psp = command.state.has_oem(idpf::kPspCapRxMeta);

  command.reply.assign(idpf::kMaxPayload, 0);
  size_t offset = sizeof(idpf::GetPtypeInfo);
  uint16_t entries = 0;
  uint16_t last_id = 0;
  for (const idpf::Ptype& ptype : with_psp ? idpf::all_ptypes() : idpf::plain_ptypes()) {
    last_id = std::max(last_id, ptype.id);
    if (ptype.id < wanted.start_ptype_id || ptype.id >= end) continue;
    const auto short_id = static_cast<uint8_t>(ptype.id);
    if (!idpf::append_ptype_entry(command.reply, offset, ptype.id, short_id, ptype.protocol_ids())) {
      return Status::kEio;
    }
    ++entries;
  }
  if (end > last_id) {
    if (!idpf::append_ptype_terminator(command.reply, offset)) return Status::kEio;
    ++entries;
  }
  command.reply.resize(offset);
  command.answer(idpf::GetPtypeInfo{.start_ptype_id = wanted.start_ptype_id, .num_ptypes = entries});
  return Status::kSuccess;
}

}  // namespace pspnic::firmware
