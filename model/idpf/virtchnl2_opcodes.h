// SPDX-License-Identifier: Apache-2.0
// virtchnl2: what a mailbox message asks for (v_opcode), how it went (v_retval), and what an event reports.
// Values are those of the drivers' headers; where the IDPF 1.0 text differs (flow rules, LAN memory regions)
// the drivers win.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/idpf/psp_numbers.h"

namespace pspnic::idpf {

// v_opcode, 28 bits. A value without a name is legal here: it is what a request with an unknown opcode holds.
enum class Opcode : uint32_t {
  kUnknown = 0,
  kVersion = 1,
  kGetCaps = 500,
  kCreateVport = 501,
  kDestroyVport = 502,
  kEnableVport = 503,
  kDisableVport = 504,
  kConfigTxQueues = 505,
  kConfigRxQueues = 506,
  kEnableQueues = 507,
  kDisableQueues = 508,
  kAddQueues = 509,
  kDelQueues = 510,
  kMapQueueVector = 511,
  kUnmapQueueVector = 512,
  kGetRssKey = 513,
  kSetRssKey = 514,
  kGetRssLut = 515,
  kSetRssLut = 516,
  kGetRssHash = 517,
  kSetRssHash = 518,
  kSetSriovVfs = 519,
  kAllocVectors = 520,
  kDeallocVectors = 521,
  kEvent = 522,  // device to driver only
  kGetStats = 523,
  kResetVf = 524,  // no payload, never answered
  kGetEdtCaps = 525,
  kGetPtypeInfo = 526,
  kRdma = 529,
  kConfigRdmaIrqMap = 530,
  kReleaseRdmaIrqMap = 531,
  kNonFlexCreateAdi = 532,
  kNonFlexDestroyAdi = 533,
  kLoopback = 534,
  kAddMacAddr = 535,
  kDelMacAddr = 536,
  kConfigPromiscuousMode = 537,
  kAddQueueGroups = 538,
  kDelQueueGroups = 539,
  kGetPortStats = 540,
  kPtpGetCaps = 541,
  kPtpGetVportTxTstamp = 542,
  kPtpGetDevClkTime = 543,
  kPtpGetCrossTime = 544,
  kPtpSetDevClkTime = 545,
  kPtpAdjDevClkFine = 546,
  kPtpAdjDevClkTime = 547,
  kPtpGetVportTxTstampCaps = 548,
  kGetLanMemoryRegions = 549,
  kAddFlowRule = 551,
  kGetFlowRule = 552,
  kDelFlowRule = 553,
  kGetVlanCaps = 554,
  kEnableVlanStripping = 555,
  kDisableVlanStripping = 556,
  kEnableVlanInsertion = 557,
  kDisableVlanInsertion = 558,
  kGetOemCaps = 4999,
  kPspGetCaps = kPspOpcodeBase + 0,
  kPspSetConfig = kPspOpcodeBase + 1,
  kPspRotateKey = kPspOpcodeBase + 2,
  kPspAllocRxSa = kPspOpcodeBase + 3,
  kPspAddTxSa = kPspOpcodeBase + 4,
  kPspDelTxSa = kPspOpcodeBase + 5,
  kPspGetStats = kPspOpcodeBase + 6,
  kPspFreeRxSa = kPspOpcodeBase + 7,
  kPspSetTxEncap = kPspOpcodeBase + 8,
  kPspAddFlow = kPspOpcodeBase + 9,
  kPspDelFlow = kPspOpcodeBase + 10,
  kPspGetFlowStats = kPspOpcodeBase + 11,
};

// v_retval of a reply; also the 16-bit per-entry status of the PSP list messages.
enum class Status : uint32_t {
  kSuccess = 0,
  kEperm = 1,
  kEsrch = 3,  // unknown opcode or object
  kEio = 5,
  kEnxio = 6,
  kEacces = 13,
  kEbusy = 16,
  kEexist = 17,
  kEinval = 22,
  kEnospc = 28,
  kErange = 34,
  kEmode = 200,
  kEsm = 201,  // wrong state
  kPspBadVersion = kPspStatusBase + 0,
  kPspSpiExhausted = kPspStatusBase + 1,
  kPspSaBusy = kPspStatusBase + 2,  // still referenced
  kPspStaleGeneration = kPspStatusBase + 3,
  kPspNotEnabled = kPspStatusBase + 4,
  kPspBadKeyLen = kPspStatusBase + 5,
  kPspRotateTooSoon = kPspStatusBase + 6,
  kPspTagMismatch = kPspStatusBase + 7,
  kPspHwError = kPspStatusBase + 8,
};

// First word of a v_opcode 522 message.
enum class EventCode : uint32_t {
  kUnknown = 0,
  kLinkChange = 1,
  kStartResetAdi = 2,
  kFinishResetAdi = 3,
  kAdiActive = 4,
  kPspKeyRotated = kPspEventBase + 1,  // value = why: 0 asked for, 1 SPIs used up, 2 age of the key
  kPspSpiLow = kPspEventBase + 2,      // value = SPIs left
  kPspSpiExhausted = kPspEventBase + 3,
  kPspKeyRetired = kPspEventBase + 4,  // the old generation is no longer accepted
  kPspSaIvLow = kPspEventBase + 5,     // value = seconds left; sa_idx names the SA, or kPspSaIdxAny
  kPspSaSlotsLow = kPspEventBase + 6,
  kPspEngineFault = kPspEventBase + 7,  // value = kPspFault...
};

// Names as the specification writes them, without VIRTCHNL2_OP_ / _STATUS_ERR_ / _EVENT_; "?" for an unnamed
// value.
std::string_view opcode_name(Opcode opcode);
std::string_view status_name(Status status);
std::string_view event_name(EventCode code);

// Largest payload of one message, bytes: the size of a mailbox buffer.
inline constexpr size_t kMaxPayload = 4096;

}  // namespace pspnic::idpf
