// SPDX-License-Identifier: Apache-2.0
#include "firmware/dispatch.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "firmware/commands.h"
#include "model/idpf/psp_flow.h"
#include "model/net/wipe.h"

namespace pspnic::firmware {
namespace {

using idpf::Opcode;
using idpf::Status;

// What must have been agreed on before an opcode is served.
enum class Needs : uint8_t { kNothing, kVersion, kCaps, kOem, kPsp };

// Who may ask.
enum class For : uint8_t { kFunction, kBoth, kManagement };

struct OpcodeEntry {
  Opcode opcode;
  Handler handler;
  size_t request_bytes;  // at least; EINVAL if shorter
  Needs needs;
  For whom = For::kFunction;
  uint64_t capability = 0;  // of other_caps, which must have been granted; EPERM if not
};

// Drivers ask for packet types before (DPDK) or after (Linux) GET_CAPS.
constexpr std::array kOpcodes = {
    OpcodeEntry{Opcode::kVersion, version, sizeof(idpf::VersionInfo), Needs::kNothing},
    OpcodeEntry{Opcode::kGetCaps, get_caps, sizeof(idpf::GetCapabilities), Needs::kVersion},
    OpcodeEntry{Opcode::kGetPtypeInfo, get_ptype_info, sizeof(idpf::GetPtypeInfo), Needs::kVersion},
    OpcodeEntry{Opcode::kCreateVport, create_vport, sizeof(idpf::CreateVport), Needs::kCaps},
    OpcodeEntry{Opcode::kDestroyVport, destroy_vport, sizeof(idpf::VportMessage), Needs::kCaps},
    OpcodeEntry{Opcode::kEnableVport, enable_vport, sizeof(idpf::VportMessage), Needs::kCaps},
    OpcodeEntry{Opcode::kDisableVport, disable_vport, sizeof(idpf::VportMessage), Needs::kCaps},
    OpcodeEntry{Opcode::kConfigTxQueues, config_tx_queues, sizeof(idpf::ConfigTxQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kConfigRxQueues, config_rx_queues, sizeof(idpf::ConfigRxQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kEnableQueues, enable_queues, sizeof(idpf::DelEnaDisQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kDisableQueues, disable_queues, sizeof(idpf::DelEnaDisQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kAddQueues, add_queues, sizeof(idpf::AddQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kDelQueues, del_queues, sizeof(idpf::DelEnaDisQueues), Needs::kCaps},
    OpcodeEntry{Opcode::kAllocVectors, alloc_vectors, sizeof(idpf::AllocVectors), Needs::kCaps},
    OpcodeEntry{Opcode::kDeallocVectors, dealloc_vectors, sizeof(idpf::VectorChunks), Needs::kCaps},
    OpcodeEntry{Opcode::kMapQueueVector, map_queue_vector, sizeof(idpf::QueueVectorMaps), Needs::kCaps},
    OpcodeEntry{Opcode::kUnmapQueueVector, unmap_queue_vector, sizeof(idpf::QueueVectorMaps), Needs::kCaps},
    OpcodeEntry{Opcode::kGetRssKey, get_rss_key, idpf::kRssKeyOffset, Needs::kCaps},
    OpcodeEntry{Opcode::kSetRssKey, set_rss_key, idpf::kRssKeyOffset, Needs::kCaps},
    OpcodeEntry{Opcode::kGetRssLut, get_rss_lut, sizeof(idpf::RssLut), Needs::kCaps},
    OpcodeEntry{Opcode::kSetRssLut, set_rss_lut, sizeof(idpf::RssLut), Needs::kCaps},
    OpcodeEntry{Opcode::kGetRssHash, get_rss_hash, sizeof(idpf::RssHash), Needs::kCaps},
    OpcodeEntry{Opcode::kSetRssHash, set_rss_hash, sizeof(idpf::RssHash), Needs::kCaps},
    OpcodeEntry{Opcode::kAddMacAddr, add_mac_addr, sizeof(idpf::MacAddrList), Needs::kCaps},
    OpcodeEntry{Opcode::kDelMacAddr, del_mac_addr, sizeof(idpf::MacAddrList), Needs::kCaps},
    OpcodeEntry{Opcode::kConfigPromiscuousMode, config_promiscuous_mode, sizeof(idpf::PromiscInfo),
                Needs::kCaps},
    OpcodeEntry{Opcode::kLoopback, loopback, sizeof(idpf::Loopback), Needs::kCaps},
    OpcodeEntry{Opcode::kGetStats, get_stats, sizeof(idpf::VportMessage), Needs::kCaps},
    OpcodeEntry{Opcode::kGetOemCaps, get_oem_caps, sizeof(idpf::OemCaps), Needs::kOem},
    OpcodeEntry{Opcode::kPspGetCaps, psp_get_caps, sizeof(PspRequest), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspSetConfig, psp_set_config, sizeof(idpf::PspConfig), Needs::kPsp},
    OpcodeEntry{Opcode::kPspRotateKey, psp_rotate_key, sizeof(idpf::PspRotateKey), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspAllocRxSa, psp_alloc_rx_sa, sizeof(idpf::PspRxSaList), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspFreeRxSa, psp_free_rx_sa, sizeof(idpf::PspRxSaList), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspAddTxSa, psp_add_tx_sa, sizeof(idpf::PspTxSaList), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspDelTxSa, psp_del_tx_sa, sizeof(idpf::PspTxSaDel), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspGetStats, psp_get_stats, sizeof(PspRequest), Needs::kPsp, For::kBoth},
    OpcodeEntry{Opcode::kPspSetTxEncap, psp_set_tx_encap, sizeof(idpf::PspTxEncapList), Needs::kPsp,
                For::kBoth},
    OpcodeEntry{Opcode::kPspAddFlow, psp_add_flow, sizeof(idpf::PspFlowList), Needs::kPsp, For::kManagement},
    OpcodeEntry{Opcode::kPspDelFlow, psp_del_flow, sizeof(idpf::PspFlowDel), Needs::kPsp, For::kManagement},
    OpcodeEntry{Opcode::kPspGetFlowStats, psp_get_flow_stats, sizeof(idpf::PspFlowStats), Needs::kPsp,
                For::kManagement},
    OpcodeEntry{Opcode::kGetPortStats, get_port_stats, sizeof(idpf::VportMessage), Needs::kCaps},
    OpcodeEntry{Opcode::kSetSriovVfs, set_sriov_vfs, sizeof(idpf::SriovVfs), Needs::kCaps, For::kFunction,
                idpf::kCapSriov},
    OpcodeEntry{Opcode::kGetLanMemoryRegions, get_lan_memory_regions, 0, Needs::kCaps, For::kFunction,
                idpf::kCapLanMemoryRegions},
    OpcodeEntry{Opcode::kPtpGetCaps, ptp_get_caps, sizeof(uint32_t), Needs::kCaps, For::kFunction,
                idpf::kCapPtp},
    OpcodeEntry{Opcode::kPtpGetDevClkTime, ptp_get_dev_clk_time, sizeof(idpf::PtpDeviceTime), Needs::kCaps,
                For::kFunction, idpf::kCapPtp},
};

// Served by nobody here: what their drivers must have been granted first never is. Queue groups and ADIs have
// no capability bit of their own.
constexpr std::array kNotGranted = {
    Opcode::kGetEdtCaps,          Opcode::kRdma,
    Opcode::kConfigRdmaIrqMap,    Opcode::kReleaseRdmaIrqMap,
    Opcode::kNonFlexCreateAdi,    Opcode::kNonFlexDestroyAdi,
    Opcode::kAddQueueGroups,      Opcode::kDelQueueGroups,
    Opcode::kPtpGetVportTxTstamp, Opcode::kPtpGetCrossTime,
    Opcode::kPtpSetDevClkTime,    Opcode::kPtpAdjDevClkFine,
    Opcode::kPtpAdjDevClkTime,    Opcode::kPtpGetVportTxTstampCaps,
    Opcode::kAddFlowRule,         Opcode::kGetFlowRule,
    Opcode::kDelFlowRule,         Opcode::kGetVlanCaps,
    Opcode::kEnableVlanStripping, Opcode::kDisableVlanStripping,
    Opcode::kEnableVlanInsertion, Opcode::kDisableVlanInsertion,
};

std::string capability_text(uint64_t capability) {
  switch (capability) {
    case idpf::kCapSriov:
      return "SRIOV (other_caps bit 1)";
    case idpf::kCapPtp:
      return "PTP (other_caps bit 13)";
    case idpf::kCapLanMemoryRegions:
      return "LAN_MEMORY_REGIONS (other_caps bit 22)";
    case idpf::kCapOem:
      return "OEM (other_caps bit 63)";
    default:
      return "other_caps " + hex(capability);
  }
}

Status not_granted(Command& command, uint64_t capability) {
  return command.refuse(Status::kEperm,
                        {"v_opcode", {}, "capability " + capability_text(capability) + ", from GET_CAPS"});
}

Status allowed(Command& command, const OpcodeEntry& entry) {
  const ControlState& state = command.state;
  if (command.origin == Origin::kManagement) {
    return entry.whom == For::kFunction ? Status::kEperm : Status::kSuccess;
  }
  if (entry.needs >= Needs::kVersion && !state.version_agreed) {
    return command.refuse(Status::kEsm, {"v_opcode", {}, "VERSION first, with major 2"});
  }
  if (entry.needs >= Needs::kCaps && !state.caps) {
    return command.refuse(Status::kEsm, {"v_opcode", {}, "GET_CAPS first"});
  }
  if (entry.capability != 0 && !state.has(entry.capability)) return not_granted(command, entry.capability);
  if (entry.needs >= Needs::kOem && !state.has(idpf::kCapOem)) return not_granted(command, idpf::kCapOem);
  if (entry.needs >= Needs::kPsp && !state.has_oem(idpf::kPspCapMbx)) {
    return command.refuse(Status::kEperm,
                          {"v_opcode", {}, "capability PSP messages (caps bit 32), from GET_OEM_CAPS"});
  }
  if (entry.whom != For::kManagement) return Status::kSuccess;
  return command.refuse(Status::kEperm, {"v_opcode", {}, "the management port, which alone may ask"});
}

Status not_served(Command& command, Opcode opcode) {
  if (std::find(kNotGranted.begin(), kNotGranted.end(), opcode) == kNotGranted.end()) return Status::kEsrch;
  if (command.origin == Origin::kManagement) return Status::kEperm;
  if (!command.state.caps) return command.refuse(Status::kEsm, {"v_opcode", {}, "GET_CAPS first"});
  return command.refuse(Status::kEperm, {"v_opcode", {}, "a capability that this card does not have"});
}

void wipe_field(std::span<uint8_t> payload, size_t first_offset, size_t stride) {
  for (size_t offset = first_offset; offset < payload.size(); offset += stride) {
    net::wipe(payload.subspan(offset, std::min(idpf::kPspMaxKeyBytes, payload.size() - offset)));
  }
}

template <idpf::WireHeader List>
bool all_succeeded(std::span<const uint8_t> reply, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const auto entry = idpf::read_element<List>(reply, i);
    if (!entry || entry->status != 0) return false;
  }
  return true;
}

bool device_chose(std::span<const uint8_t> request, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const auto index = idpf::read_at<uint32_t>(
        request, idpf::element_offset<idpf::PspTxSaList>(i) + offsetof(idpf::PspTxSa, sa_idx));
    if (!index || *index == idpf::kPspSaIdxAny) return true;
  }
  return false;
}

}  // namespace

Status carry_out(Command& command, Opcode opcode) {
  const auto entry = std::find_if(kOpcodes.begin(), kOpcodes.end(), [opcode](const OpcodeEntry& candidate) {
    return candidate.opcode == opcode;
  });
  if (entry == kOpcodes.end()) return not_served(command, opcode);
  const Status status = allowed(command, *entry);
  if (status != Status::kSuccess) return status;
  if (command.request.size() < entry->request_bytes) {
    return command.refuse(Status::kEinval, "datalen", command.request.size(),
                          std::to_string(entry->request_bytes) + " or more");
  }
  return entry->handler(command);
}

std::vector<uint8_t> echo_without_keys(Opcode opcode, std::span<const uint8_t> request) {
  const std::span<const uint8_t> kept = request.first(std::min(request.size(), idpf::kMaxPayload));
  std::vector<uint8_t> echo(kept.begin(), kept.end());
  if (opcode == Opcode::kPspAddTxSa) {
    wipe_field(echo, sizeof(idpf::PspTxSaList) + offsetof(idpf::PspTxSa, key), sizeof(idpf::PspTxSa));
  } else if (opcode == Opcode::kPspAllocRxSa || opcode == Opcode::kPspFreeRxSa) {
    wipe_field(echo, sizeof(idpf::PspRxSaList) + offsetof(idpf::PspRxSa, key), sizeof(idpf::PspRxSa));
  }
  return echo;
}

bool tells_nothing_new(Opcode opcode, std::span<const uint8_t> request, std::span<const uint8_t> reply) {
  switch (opcode) {
    case Opcode::kDestroyVport:
    case Opcode::kEnableVport:
    case Opcode::kDisableVport:
    case Opcode::kConfigTxQueues:
    case Opcode::kConfigRxQueues:
    case Opcode::kEnableQueues:
    case Opcode::kDisableQueues:
    case Opcode::kDelQueues:
    case Opcode::kMapQueueVector:
    case Opcode::kUnmapQueueVector:
    case Opcode::kSetRssKey:
    case Opcode::kSetRssLut:
    case Opcode::kSetRssHash:
    case Opcode::kSetSriovVfs:
    case Opcode::kDeallocVectors:
    case Opcode::kLoopback:
    case Opcode::kAddMacAddr:
    case Opcode::kDelMacAddr:
    case Opcode::kConfigPromiscuousMode:
      return true;
    case Opcode::kPspAddTxSa: {
      const size_t count = idpf::read_at<idpf::PspTxSaList>(request).value_or(idpf::PspTxSaList{}).num_sa;
      return all_succeeded<idpf::PspTxSaList>(reply, count) && !device_chose(request, count);
    }
    case Opcode::kPspDelTxSa:
      return all_succeeded<idpf::PspTxSaDel>(
          reply, idpf::read_at<idpf::PspTxSaDel>(request).value_or(idpf::PspTxSaDel{}).num_sa);
    case Opcode::kPspFreeRxSa:
      return all_succeeded<idpf::PspRxSaList>(
          reply, idpf::read_at<idpf::PspRxSaList>(request).value_or(idpf::PspRxSaList{}).num_sa);
    default:
      return false;
  }
}

}  // namespace pspnic::firmware
