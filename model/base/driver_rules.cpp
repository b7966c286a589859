// SPDX-License-Identifier: Apache-2.0
#include "model/base/driver_rules.h"

#include <algorithm>
#include <iterator>

namespace pspnic::base {

namespace {

constexpr auto kError = Severity::kError;
constexpr auto kWarning = Severity::kWarning;
constexpr auto kAlways = CheckedBy::kAlways;
constexpr auto kSanitizer = CheckedBy::kSanitizer;

constexpr const char* kTxDescriptors = "IDPF 1.0, transmit descriptors";
constexpr const char* kTso = "IDPF 1.0, transmit segmentation offload";
constexpr const char* kCaps = "IDPF 1.0, VIRTCHNL2_OP_GET_CAPS: what has been granted";
constexpr const char* kTxRings = "IDPF 1.0, transmit completions";
constexpr const char* kRxRings = "IDPF 1.0, receive buffer queues";
constexpr const char* kTails = "IDPF 1.0, tail registers";
constexpr const char* kQueueSetup = "IDPF 1.0, VIRTCHNL2_OP_CONFIG_TX_QUEUES and CONFIG_RX_QUEUES";
constexpr const char* kRegisters = "IDPF 1.0, device registers";
constexpr const char* kReset = "IDPF 1.0, function reset";
constexpr const char* kInterrupts = "IDPF 1.0, interrupts";
constexpr const char* kMailbox = "IDPF 1.0, mailbox";
constexpr const char* kVirtchnl = "IDPF 1.0, virtchnl2; PSP's messages: docs/messages.md";
constexpr const char* kMacControl = "IEEE 802.3, MAC control; docs/messages.md, control frames";
constexpr const char* kPcieMemory = "PCI Express 5.0, memory requests: unsupported request";
constexpr const char* kPcieErrors = "PCI Express 5.0, error signalling: completer abort, error forwarding";
constexpr const char* kPciCommand = "PCI Express 5.0, section 7.5.1.1.3: Command register";
constexpr const char* kPcieMsix = "PCI Express 5.0, section 6.1.4: MSI and MSI-X operation";
constexpr const char* kPspMessages = "docs/messages.md, descriptors of PSP packets";
constexpr const char* kReservedBits = "IDPF 1.0, transmit descriptors; DTYPE 16 and 17: docs/descriptors.md";
constexpr const char* kPspIv = "PSP Architecture Specification, pages 8 and 14: initialization vector";
constexpr const char* kPspKeys =
    "PSP Architecture Specification, pages 8 and 14: an IV is unique within an SA";
constexpr const char* kPspRequests = "docs/messages.md, PSP messages";
constexpr const char* kConfigQueue = "docs/messages.md, config queues";

constexpr RuleInfo kRules[] = {
    {DriverRule::kTxDtypeSplit, kError, kAlways, "tx-dtype-split",
     "a split queue takes DTYPE 5, 12 and, with PSP, 16 and 17", kTxDescriptors},
    {DriverRule::kTxDtypeSingle, kError, kAlways, "tx-dtype-single",
     "a single queue takes DTYPE 0, 1, 3 and 5", kTxDescriptors},
    {DriverRule::kTxContextPlace, kError, kAlways, "tx-context-place",
     "a packet begins with at most one context", kTxDescriptors},
    {DriverRule::kTxTsoMss, kError, kAlways, "tx-tso-mss", "a TSO context needs an MSS above 0", kTso},
    {DriverRule::kTxTsoHeaderShort, kError, kAlways, "tx-tso-header-short",
     "TSO headers have at least 42 bytes", kTso},
    {DriverRule::kTxTsoHeaderLong, kError, kAlways, "tx-tso-header-long",
     "TSO headers have at most 256 bytes", kCaps},
    {DriverRule::kTxTsoPayload, kError, kAlways, "tx-tso-payload",
     "a TSO frame has payload behind its headers", kTso},
    {DriverRule::kTxTsoBaseData, kError, kAlways, "tx-tso-base-data",
     "a base TSO context needs base data, which says how long the headers are", kTso},
    {DriverRule::kTxTsoIp, kError, kAlways, "tx-tso-ip", "segmentation needs an IPv4 or IPv6 header", kTso},
    {DriverRule::kTxTsoL4, kError, kAlways, "tx-tso-l4",
     "segmentation needs a TCP or UDP header of a packet that is no fragment", kTso},
    {DriverRule::kTxTsoHeaderEnd, kError, kAlways, "tx-tso-header-end",
     "the header length given must end where the L4 header does", kTso},
    {DriverRule::kTxVlan, kError, kAlways, "tx-vlan", "insertion of VLAN tags has not been granted", kCaps},
    {DriverRule::kTxBufferEmpty, kError, kAlways, "tx-buffer-empty",
     "the size of a data buffer must not be 0", kTxDescriptors},
    {DriverRule::kTxBufferCount, kError, kAlways, "tx-buffer-count",
     "a packet has at most 48 data descriptors", kCaps},
    {DriverRule::kTxFrameShort, kError, kAlways, "tx-frame-short", "a frame has at least 17 bytes", kCaps},
    {DriverRule::kTxFrameLong, kError, kAlways, "tx-frame-long",
     "a frame has at most 65535 bytes and its headers", kTso},
    {DriverRule::kTxPspFlag, kError, kAlways, "tx-psp-flag",
     "DTYPE 16 needs the PSP flag of the queue's configuration", kPspMessages},
    {DriverRule::kTxPspKeySource, kError, kAlways, "tx-psp-key-source",
     "a PSP context's key is of the SA table or the packet's own descriptors", kPspMessages},
    {DriverRule::kTxPspInlineGranted, kError, kAlways, "tx-psp-inline-granted",
     "keys in descriptors were not granted", kPspMessages},
    {DriverRule::kTxPspInlineTemplate, kError, kAlways, "tx-psp-inline-template",
     "a template of headers belongs to an SA of the table", kPspMessages},
    {DriverRule::kTxPspInlineSpi, kError, kAlways, "tx-psp-inline-spi",
     "without an SA the driver writes SPI and version", kPspMessages},
    {DriverRule::kTxPspIv, kError, kAlways, "tx-psp-iv",
     "the device writes the IV, so that none is used twice under a key", kPspIv},
    {DriverRule::kTxPspTsoIcv, kError, kAlways, "tx-psp-tso-icv",
     "each segment of a TSO frame needs an ICV that the device appends", kPspMessages},
    {DriverRule::kTxKeyMissing, kError, kAlways, "tx-key-missing",
     "behind a PSP context with an inline key come the descriptors of the key", kPspMessages},
    {DriverRule::kTxKeyAlone, kError, kAlways, "tx-key-alone", "DTYPE 17 follows a PSP context that says so",
     kPspMessages},
    {DriverRule::kTxKeyIndex, kError, kAlways, "tx-key-index", "the descriptors of a key count from 0",
     kPspMessages},
    {DriverRule::kTxKeyLast, kError, kAlways, "tx-key-last",
     "a key has two or three descriptors, the last of them marked", kPspMessages},
    {DriverRule::kTxReserved, kWarning, kSanitizer, "tx-reserved",
     "of a split queue's descriptors the bits outside all fields are 0; bits of CMD and flex bytes are not "
     "looked at",
     kReservedBits},
    {DriverRule::kTxSlotReuse, kWarning, kSanitizer, "tx-slot-reuse",
     "a descriptor is written over when its packet, or the ring's head behind it, has been reported",
     kTxRings},
    {DriverRule::kTxTagReuse, kWarning, kSanitizer, "tx-tag-reuse",
     "a completion tag is used again when the packet that had it has been reported", kTxRings},
    {DriverRule::kTxTailDisabled, kWarning, kSanitizer, "tx-tail-disabled",
     "the tail of a transmit queue stays 0 until the queue is enabled", kQueueSetup},
    {DriverRule::kTxPacketIncomplete, kWarning, kSanitizer, "tx-packet-incomplete",
     "what is handed over when a transmit queue is disabled ends with a packet's last descriptor",
     kTxDescriptors},
    {DriverRule::kTxFrameMtu, kError, kSanitizer, "tx-frame-mtu", "a frame is not longer than the port takes",
     kCaps},
    {DriverRule::kTxControlFrame, kError, kSanitizer, "tx-control-frame",
     "a driver sends no MAC control frames: they are the port's own", kMacControl},
    {DriverRule::kTxCompletionDisabled, kError, kAlways, "tx-completion-disabled",
     "a completion queue must be enabled while transmit queues complete to it", kQueueSetup},
    {DriverRule::kRxTailSplit, kError, kAlways, "rx-tail-split",
     "a split queue is given buffers by its buffer queues", kRxRings},
    {DriverRule::kRxReserved, kWarning, kSanitizer, "rx-reserved",
     "reserved bytes of a buffer descriptor are 0", kRxRings},
    {DriverRule::kRxSlotReuse, kWarning, kSanitizer, "rx-slot-reuse",
     "a buffer descriptor is written over when its buffer has been completed", kRxRings},
    {DriverRule::kRxBufferIdReuse, kWarning, kSanitizer, "rx-buffer-id-reuse",
     "buffers that the device holds have different ids", kRxRings},
    {DriverRule::kRxBufferOverlap, kWarning, kSanitizer, "rx-buffer-overlap",
     "buffers that the device holds do not overlap", kRxRings},
    {DriverRule::kRxBufferOverRing, kWarning, kSanitizer, "rx-buffer-over-ring",
     "a buffer does not lie over a ring of the device", kRxRings},
    {DriverRule::kRxBuffersKept, kWarning, kSanitizer, "rx-buffers-kept",
     "buffers of packets received are given back, or others for them", kRxRings},
    {DriverRule::kRingTail, kError, kAlways, "ring-tail",
     "a tail, and the mailbox's head, must be smaller than the ring's length", kTails},
    {DriverRule::kRingAlignment, kError, kSanitizer, "ring-alignment",
     "the ring of a queue begins at a multiple of 128 bytes", kQueueSetup},
    {DriverRule::kRingOverlap, kWarning, kSanitizer, "ring-overlap", "rings in use do not overlap",
     kQueueSetup},
    {DriverRule::kRingUnmapped, kError, kAlways, "ring-unmapped",
     "descriptors must lie in host memory that the device may reach", kPcieMemory},
    {DriverRule::kBufferUnmapped, kError, kAlways, "buffer-unmapped",
     "data must lie in host memory that the device may reach", kPcieMemory},
    {DriverRule::kMessageUnmapped, kError, kAlways, "message-unmapped",
     "messages and records must lie in host memory that the device may reach", kPcieMemory},
    {DriverRule::kMsixUnmapped, kError, kAlways, "msix-unmapped",
     "the address of an MSI-X entry must take the message", kPcieMsix},
    {DriverRule::kDmaAborted, kError, kAlways, "dma-aborted",
     "PCIe: an access must not end in a completer abort", kPcieErrors},
    {DriverRule::kDmaPoisoned, kError, kAlways, "dma-poisoned", "PCIe: poisoned data must not be used",
     kPcieErrors},
    {DriverRule::kRingLength, kError, kSanitizer, "ring-length",
     "the ring of a queue has 32 to 8192 descriptors, a multiple of 32", kQueueSetup},
    {DriverRule::kPciBusMaster, kWarning, kSanitizer, "pci-bus-master",
     "a function is given work when the Bus Master Enable bit of its Command register is set", kPciCommand},
    {DriverRule::kRegUnknown, kError, kAlways, "reg-unknown", "no register has this offset", kRegisters},
    {DriverRule::kRegSecondaryMailbox, kError, kAlways, "reg-secondary-mailbox",
     "no secondary mailbox has been granted", kCaps},
    {DriverRule::kRegVector, kError, kAlways, "reg-vector", "the vector does not exist", kRegisters},
    {DriverRule::kRegTxQueue, kError, kAlways, "reg-tx-queue", "the transmit queue does not exist",
     kRegisters},
    {DriverRule::kRegRxQueue, kError, kAlways, "reg-rx-queue", "the receive queue does not exist",
     kRegisters},
    {DriverRule::kRegBufferQueue, kError, kAlways, "reg-buffer-queue", "the buffer queue does not exist",
     kRegisters},
    {DriverRule::kRegReadOnly, kWarning, kSanitizer, "reg-read-only",
     "a register that can only be read is not written", kRegisters},
    {DriverRule::kRegInReset, kWarning, kSanitizer, "reg-in-reset",
     "a function in reset is not written to, but for another reset", kReset},
    {DriverRule::kIrqNotRearmed, kWarning, kSanitizer, "irq-not-rearmed",
     "a vector that has fired is enabled again while there is work for it", kInterrupts},
    {DriverRule::kIrqBothModes, kWarning, kSanitizer, "irq-both-modes",
     "INTENA and WB_ON_ITR exclude each other", kInterrupts},
    {DriverRule::kIrqReserved, kWarning, kSanitizer, "irq-reserved", "reserved bits of DYN_CTL are 0",
     kInterrupts},
    {DriverRule::kMsixEntryLive, kWarning, kSanitizer, "msix-entry-live",
     "address and data of an MSI-X entry change only while it is masked", kPcieMsix},
    {DriverRule::kMsixMasked, kWarning, kSanitizer, "msix-masked",
     "an MSI-X entry that interrupts wait for does not stay masked", kPcieMsix},
    {DriverRule::kMbxLength, kError, kAlways, "mbx-length", "a message has at most 4096 bytes", kMailbox},
    {DriverRule::kMbxBufferSmall, kError, kAlways, "mbx-buffer-small",
     "a posted buffer has the flag BUF and room for the message", kMailbox},
    {DriverRule::kMbxReserved, kWarning, kSanitizer, "mbx-reserved",
     "flags of a request are BUF and RD alone; FTYPE, HOST_ID, ret_val and v_dtype are 0", kMailbox},
    {DriverRule::kMbxInfraOpcode, kWarning, kSanitizer, "mbx-infra-opcode",
     "a request's opcode is 0x0801, send to the control plane", kMailbox},
    {DriverRule::kMbxCookieReuse, kWarning, kSanitizer, "mbx-cookie-reuse",
     "a cookie is used again when the request that had it has been answered", kMailbox},
    {DriverRule::kMbxBuffersMissing, kWarning, kSanitizer, "mbx-buffers-missing",
     "buffers are posted to the mailbox while answers wait", kMailbox},
    {DriverRule::kMbxOpcode, kError, kSanitizer, "mbx-opcode", "a request has an opcode that there is",
     kVirtchnl},
    {DriverRule::kMbxState, kError, kSanitizer, "mbx-state",
     "requests come in order: VERSION, GET_CAPS, CREATE_VPORT, CONFIG, ENABLE, and back", kVirtchnl},
    {DriverRule::kMbxArgument, kError, kSanitizer, "mbx-argument",
     "the fields of a request have allowed values that fit each other", kVirtchnl},
    {DriverRule::kMbxObject, kError, kSanitizer, "mbx-object",
     "a request names vports, queues, vectors and SAs that there are", kVirtchnl},
    {DriverRule::kMbxNotGranted, kError, kSanitizer, "mbx-not-granted",
     "a request needs the capability that it belongs to", kVirtchnl},
    {DriverRule::kMbxBusy, kError, kSanitizer, "mbx-busy", "what is still in use is not given up or changed",
     kVirtchnl},
    {DriverRule::kMbxRingAlignment, kWarning, kSanitizer, "mbx-ring-alignment",
     "a ring of the mailbox begins at a multiple of 128 bytes", kMailbox},
    {DriverRule::kPspSaUnknown, kError, kSanitizer, "psp-sa-unknown",
     "a packet names an SA that has been added", kPspMessages},
    {DriverRule::kPspSaDeleted, kError, kSanitizer, "psp-sa-deleted",
     "a packet does not name an SA that has been deleted", kPspMessages},
    {DriverRule::kPspSaTag, kError, kSanitizer, "psp-sa-tag",
     "a packet carries the tag of the SA that it names", kPspMessages},
    {DriverRule::kPspHeaderMissing, kError, kSanitizer, "psp-header-missing",
     "a PSP context needs UDP to port 1000 and a PSP header behind the IP header", kPspMessages},
    {DriverRule::kPspHeaderSa, kError, kSanitizer, "psp-header-sa", "the PSP header of a packet fits its SA",
     kPspMessages},
    {DriverRule::kPspKeyReuse, kWarning, kSanitizer, "psp-key-reuse",
     "a session key is installed once, or again when its SA is gone and with a first IV", kPspKeys},
    {DriverRule::kPspIvReuse, kWarning, kSanitizer, "psp-iv-reuse",
     "an IV given to an SA is above all that have been used under its key", kPspIv},
    {DriverRule::kPspSaVersion, kError, kSanitizer, "psp-sa-version",
     "a request names PSP versions that the device has", kPspRequests},
    {DriverRule::kPspSaKeyLength, kError, kSanitizer, "psp-sa-key-length",
     "the key of an SA is as long as its version says, 16 or 32 bytes", kPspRequests},
    {DriverRule::kPspSaSpi, kError, kSanitizer, "psp-sa-spi", "an SA's SPI is not one of the reserved",
     kPspRequests},
    {DriverRule::kPspSaSlot, kError, kSanitizer, "psp-sa-slot",
     "a request names slots of the function's SA table", kPspRequests},
    {DriverRule::kPspSaExists, kError, kSanitizer, "psp-sa-exists",
     "an SA is added to a free slot, or with OVERWRITE to one in use", kPspRequests},
    {DriverRule::kPspSaAbsent, kError, kSanitizer, "psp-sa-absent",
     "a request names an SA that has been added and not deleted", kPspRequests},
    {DriverRule::kPspSaWrongTag, kError, kSanitizer, "psp-sa-wrong-tag",
     "a request that names an SA gives its tag", kPspRequests},
    {DriverRule::kPspSaErasing, kError, kSanitizer, "psp-sa-erasing",
     "an SA is deleted once, and its slot left alone until that has been answered", kPspRequests},
    {DriverRule::kPspSpiUnknown, kError, kSanitizer, "psp-spi-unknown",
     "an SPI that is freed has been allocated since the last reset, and is freed once", kPspRequests},
    {DriverRule::kPspRotateInterval, kError, kSanitizer, "psp-rotate-interval",
     "between two rotations of a driver lies min_rotate_interval_ms", kPspRequests},
    {DriverRule::kPspIvAhead, kError, kSanitizer, "psp-iv-ahead",
     "the first IV that is asked for is not ahead of the device's clock", kPspRequests},
    {DriverRule::kCfgqOverwrite, kError, kAlways, "cfgq-overwrite",
     "a command may be written over when it has been completed, and comes without DD", kConfigQueue},
    {DriverRule::kCfgqRecords, kError, kAlways, "cfgq-records", "SA_ADD and SA_QUERY have records",
     kConfigQueue},
    {DriverRule::kCfgqFence, kError, kAlways, "cfgq-fence", "SA_FENCE has no records", kConfigQueue},
    {DriverRule::kCfgqCount, kError, kAlways, "cfgq-count", "a buffer has one to four records", kConfigQueue},
    {DriverRule::kCfgqLength, kError, kAlways, "cfgq-length",
     "the length of a buffer must be 64 bytes a record", kConfigQueue},
    {DriverRule::kCfgqFlags, kError, kAlways, "cfgq-flags", "a command with records has the flag BUF",
     kConfigQueue},
    {DriverRule::kCfgqBufferSmall, kError, kAlways, "cfgq-buffer-small",
     "a buffer posted for answers has the flag BUF and room for the records", kConfigQueue},
    {DriverRule::kCfgqOpcode, kError, kSanitizer, "cfgq-opcode", "a command has an opcode that there is",
     kConfigQueue},
};

constexpr bool in_order() {
  for (size_t i = 0; i < std::size(kRules); ++i) {
    if (kRules[i].rule != static_cast<DriverRule>(i)) return false;
  }
  return std::size(kRules) == static_cast<size_t>(DriverRule::kCount);
}
static_assert(in_order(), "the rows stand in the order of the enumeration");

}  // namespace

const RuleInfo& info(DriverRule rule) {
  return kRules[static_cast<size_t>(rule)];
}

std::span<const RuleInfo> driver_rules() {
  return kRules;
}

const char* severity_name(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

const RuleInfo* find_rule(std::string_view id) {
  const auto found = std::ranges::find_if(kRules, [&](const RuleInfo& rule) { return id == rule.id; });
  return found == std::end(kRules) ? nullptr : found;
}

}  // namespace pspnic::base
