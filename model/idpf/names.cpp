// SPDX-License-Identifier: Apache-2.0
#include "model/idpf/virtchnl2_opcodes.h"

namespace pspnic::idpf {
namespace {

template <class Enum>
struct Name {
  Enum value;
  std::string_view text;
};

constexpr Name<Opcode> kOpcodes[] = {
    {Opcode::kVersion, "VERSION"},
    {Opcode::kGetCaps, "GET_CAPS"},
    {Opcode::kCreateVport, "CREATE_VPORT"},
    {Opcode::kDestroyVport, "DESTROY_VPORT"},
    {Opcode::kEnableVport, "ENABLE_VPORT"},
    {Opcode::kDisableVport, "DISABLE_VPORT"},
    {Opcode::kConfigTxQueues, "CONFIG_TX_QUEUES"},
    {Opcode::kConfigRxQueues, "CONFIG_RX_QUEUES"},
    {Opcode::kEnableQueues, "ENABLE_QUEUES"},
    {Opcode::kDisableQueues, "DISABLE_QUEUES"},
    {Opcode::kAddQueues, "ADD_QUEUES"},
    {Opcode::kDelQueues, "DEL_QUEUES"},
    {Opcode::kMapQueueVector, "MAP_QUEUE_VECTOR"},
    {Opcode::kUnmapQueueVector, "UNMAP_QUEUE_VECTOR"},
    {Opcode::kGetRssKey, "GET_RSS_KEY"},
    {Opcode::kSetRssKey, "SET_RSS_KEY"},
    {Opcode::kGetRssLut, "GET_RSS_LUT"},
    {Opcode::kSetRssLut, "SET_RSS_LUT"},
    {Opcode::kGetRssHash, "GET_RSS_HASH"},
    {Opcode::kSetRssHash, "SET_RSS_HASH"},
    {Opcode::kSetSriovVfs, "SET_SRIOV_VFS"},
    {Opcode::kAllocVectors, "ALLOC_VECTORS"},
    {Opcode::kDeallocVectors, "DEALLOC_VECTORS"},
    {Opcode::kEvent, "EVENT"},
    {Opcode::kGetStats, "GET_STATS"},
    {Opcode::kResetVf, "RESET_VF"},
    {Opcode::kGetEdtCaps, "GET_EDT_CAPS"},
    {Opcode::kGetPtypeInfo, "GET_PTYPE_INFO"},
    {Opcode::kRdma, "RDMA"},
    {Opcode::kConfigRdmaIrqMap, "CONFIG_RDMA_IRQ_MAP"},
    {Opcode::kReleaseRdmaIrqMap, "RELEASE_RDMA_IRQ_MAP"},
    {Opcode::kNonFlexCreateAdi, "NON_FLEX_CREATE_ADI"},
    {Opcode::kNonFlexDestroyAdi, "NON_FLEX_DESTROY_ADI"},
    {Opcode::kLoopback, "LOOPBACK"},
    {Opcode::kAddMacAddr, "ADD_MAC_ADDR"},
    {Opcode::kDelMacAddr, "DEL_MAC_ADDR"},
    {Opcode::kConfigPromiscuousMode, "CONFIG_PROMISCUOUS_MODE"},
    {Opcode::kAddQueueGroups, "ADD_QUEUE_GROUPS"},
    {Opcode::kDelQueueGroups, "DEL_QUEUE_GROUPS"},
    {Opcode::kGetPortStats, "GET_PORT_STATS"},
    {Opcode::kPtpGetCaps, "PTP_GET_CAPS"},
    {Opcode::kPtpGetVportTxTstamp, "PTP_GET_VPORT_TX_TSTAMP"},
    {Opcode::kPtpGetDevClkTime, "PTP_GET_DEV_CLK_TIME"},
    {Opcode::kPtpGetCrossTime, "PTP_GET_CROSS_TIME"},
    {Opcode::kPtpSetDevClkTime, "PTP_SET_DEV_CLK_TIME"},
    {Opcode::kPtpAdjDevClkFine, "PTP_ADJ_DEV_CLK_FINE"},
    {Opcode::kPtpAdjDevClkTime, "PTP_ADJ_DEV_CLK_TIME"},
    {Opcode::kPtpGetVportTxTstampCaps, "PTP_GET_VPORT_TX_TSTAMP_CAPS"},
    {Opcode::kGetLanMemoryRegions, "GET_LAN_MEMORY_REGIONS"},
    {Opcode::kAddFlowRule, "ADD_FLOW_RULE"},
    {Opcode::kGetFlowRule, "GET_FLOW_RULE"},
    {Opcode::kDelFlowRule, "DEL_FLOW_RULE"},
    {Opcode::kGetVlanCaps, "GET_VLAN_CAPS"},
    {Opcode::kEnableVlanStripping, "ENABLE_VLAN_STRIPPING"},
    {Opcode::kDisableVlanStripping, "DISABLE_VLAN_STRIPPING"},
    {Opcode::kEnableVlanInsertion, "ENABLE_VLAN_INSERTION"},
    {Opcode::kDisableVlanInsertion, "DISABLE_VLAN_INSERTION"},
    {Opcode::kGetOemCaps, "GET_OEM_CAPS"},
    {Opcode::kPspGetCaps, "PSP_GET_CAPS"},
    {Opcode::kPspSetConfig, "PSP_SET_CONFIG"},
    {Opcode::kPspRotateKey, "PSP_ROTATE_KEY"},
    {Opcode::kPspAllocRxSa, "PSP_ALLOC_RX_SA"},
    {Opcode::kPspAddTxSa, "PSP_ADD_TX_SA"},
    {Opcode::kPspDelTxSa, "PSP_DEL_TX_SA"},
    {Opcode::kPspGetStats, "PSP_GET_STATS"},
    {Opcode::kPspFreeRxSa, "PSP_FREE_RX_SA"},
    {Opcode::kPspSetTxEncap, "PSP_SET_TX_ENCAP"},
    {Opcode::kPspAddFlow, "PSP_ADD_FLOW"},
    {Opcode::kPspDelFlow, "PSP_DEL_FLOW"},
    {Opcode::kPspGetFlowStats, "PSP_GET_FLOW_STATS"},
};

constexpr Name<Status> kStatuses[] = {
    {Status::kSuccess, "SUCCESS"},
    {Status::kEperm, "EPERM"},
    {Status::kEsrch, "ESRCH"},
    {Status::kEio, "EIO"},
    {Status::kEnxio, "ENXIO"},
    {Status::kEacces, "EACCES"},
    {Status::kEbusy, "EBUSY"},
    {Status::kEexist, "EEXIST"},
    {Status::kEinval, "EINVAL"},
    {Status::kEnospc, "ENOSPC"},
    {Status::kErange, "ERANGE"},
    {Status::kEmode, "EMODE"},
    {Status::kEsm, "ESM"},
    {Status::kPspBadVersion, "PSP_BAD_VERSION"},
    {Status::kPspSpiExhausted, "PSP_SPI_EXHAUSTED"},
    {Status::kPspSaBusy, "PSP_SA_BUSY"},
    {Status::kPspStaleGeneration, "PSP_STALE_GENERATION"},
    {Status::kPspNotEnabled, "PSP_NOT_ENABLED"},
    {Status::kPspBadKeyLen, "PSP_BAD_KEY_LEN"},
    {Status::kPspRotateTooSoon, "PSP_ROTATE_TOO_SOON"},
    {Status::kPspTagMismatch, "PSP_TAG_MISMATCH"},
    {Status::kPspHwError, "PSP_HW_ERROR"},
};

constexpr Name<EventCode> kEvents[] = {
    {EventCode::kLinkChange, "LINK_CHANGE"},
    {EventCode::kStartResetAdi, "START_RESET_ADI"},
    {EventCode::kFinishResetAdi, "FINISH_RESET_ADI"},
    {EventCode::kAdiActive, "ADI_ACTIVE"},
    {EventCode::kPspKeyRotated, "PSP_KEY_ROTATED"},
    {EventCode::kPspSpiLow, "PSP_SPI_LOW"},
    {EventCode::kPspSpiExhausted, "PSP_SPI_EXHAUSTED"},
    {EventCode::kPspKeyRetired, "PSP_KEY_RETIRED"},
    {EventCode::kPspSaIvLow, "PSP_SA_IV_LOW"},
    {EventCode::kPspSaSlotsLow, "PSP_SA_SLOTS_LOW"},
    {EventCode::kPspEngineFault, "PSP_ENGINE_FAULT"},
};

template <class Enum, size_t kCount>
std::string_view name_of(const Name<Enum> (&names)[kCount], Enum value) {
  for (const Name<Enum>& name : names) {
    if (name.value == value) return name.text;
  }
  return "?";
}

}  // namespace

std::string_view opcode_name(Opcode opcode) {
  return name_of(kOpcodes, opcode);
}

std::string_view status_name(Status status) {
  return name_of(kStatuses, status);
}

std::string_view event_name(EventCode code) {
  return name_of(kEvents, code);
}

}  // namespace pspnic::idpf
