// SPDX-License-Identifier: Apache-2.0
// The rules that a driver has to keep: one table, which everything that reports a broken rule refers to.
// `pspnic rules` prints it, docs/driver_rules.md is made of it, and each row has a test that breaks it.
//
// Checked always: by the block that meets it, because it cannot go on; the queue stops, or the access has no
// effect, and the run fails. Checked by the sanitizer (model/sanitizer): what the device serves all the same.
// Sources: OASIS IDPF specification 1.0, PCI Express Base Specification 5.0, PSP Architecture Specification
// 1.0; docs/messages.md and docs/psp.md for what those leave to the product.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace pspnic::base {

enum class DriverRule : uint8_t {
  // Transmit descriptors.
  kTxDtypeSplit,
  kTxDtypeSingle,
  kTxContextPlace,
  kTxTsoMss,
  kTxTsoHeaderShort,
  kTxTsoHeaderLong,
  kTxTsoPayload,
  kTxTsoBaseData,
  kTxTsoIp,
  kTxTsoL4,
  kTxTsoHeaderEnd,
  kTxVlan,
  kTxBufferEmpty,
  kTxBufferCount,
  kTxFrameShort,
  kTxFrameLong,
  kTxPspFlag,
  kTxPspKeySource,
  kTxPspInlineGranted,
  kTxPspInlineTemplate,
  kTxPspInlineSpi,
  kTxPspIv,
  kTxPspTsoIcv,
  kTxKeyMissing,
  kTxKeyAlone,
  kTxKeyIndex,
  kTxKeyLast,
  kTxReserved,
  kTxSlotReuse,
  kTxTagReuse,
  kTxTailDisabled,
  kTxPacketIncomplete,
  kTxFrameMtu,
  kTxControlFrame,
  kTxCompletionDisabled,
  // Receive.
  kRxTailSplit,
  kRxReserved,
  kRxSlotReuse,
  kRxBufferIdReuse,
  kRxBufferOverlap,
  kRxBufferOverRing,
  kRxBuffersKept,
  // Rings and host memory.
  kRingTail,
  kRingAlignment,
  kRingOverlap,
  kRingUnmapped,
  kBufferUnmapped,
  kMessageUnmapped,
  kMsixUnmapped,
  kDmaAborted,
  kDmaPoisoned,
  kRingLength,
  kPciBusMaster,
  // Registers and interrupts.
  kRegUnknown,
  kRegSecondaryMailbox,
  kRegVector,
  kRegTxQueue,
  kRegRxQueue,
  kRegBufferQueue,
  kRegReadOnly,
  kRegInReset,
  kIrqNotRearmed,
  kIrqBothModes,
  kIrqReserved,
  kMsixEntryLive,
  kMsixMasked,
  // Mailbox.
  kMbxLength,
  kMbxBufferSmall,
  kMbxReserved,
  kMbxInfraOpcode,
  kMbxCookieReuse,
  kMbxBuffersMissing,
  kMbxOpcode,
  kMbxState,
  kMbxArgument,
  kMbxObject,
  kMbxNotGranted,
  kMbxBusy,
  kMbxRingAlignment,
  // PSP.
  kPspSaUnknown,
  kPspSaDeleted,
  kPspSaTag,
  kPspHeaderMissing,
  kPspHeaderSa,
  kPspKeyReuse,
  kPspIvReuse,
  kPspSaVersion,
  kPspSaKeyLength,
  kPspSaSpi,
  kPspSaSlot,
  kPspSaExists,
  kPspSaAbsent,
  kPspSaWrongTag,
  kPspSaErasing,
  kPspSpiUnknown,
  kPspRotateInterval,
  kPspIvAhead,
  // Config queues.
  kCfgqOverwrite,
  kCfgqRecords,
  kCfgqFence,
  kCfgqCount,
  kCfgqLength,
  kCfgqFlags,
  kCfgqBufferSmall,
  kCfgqOpcode,
  kCount
};

// kError: the device cannot go on with the queue, or refuses the message or packet. kWarning: it copes; other
// devices, or what comes later, may not.
enum class Severity : uint8_t { kError, kWarning };

enum class CheckedBy : uint8_t { kAlways, kSanitizer };

struct RuleInfo {
  DriverRule rule;
  Severity severity;
  CheckedBy by;
  const char* id;      // kebab-case, beginning with the area
  const char* text;    // what the interface demands
  const char* source;  // where it says so
};

const RuleInfo& info(DriverRule rule);
std::span<const RuleInfo> driver_rules();
const char* severity_name(Severity severity);

// Null if no rule has this id.
const RuleInfo* find_rule(std::string_view id);

}  // namespace pspnic::base
