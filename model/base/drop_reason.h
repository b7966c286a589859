// SPDX-License-Identifier: Apache-2.0
// Every way a packet can end before its destination. A block that drops names one of these; nothing is lost
// unnamed.
#pragma once

#include <cstdint>

namespace pspnic::base {

enum class DropReason : uint8_t {
  // transmit
  kTxBadDescriptor,    // the queue is stopped as well
  kTxDmaFault,         // descriptor or data outside host memory, or its read failed
  kTxNoSa,             // PSP asked for, slot empty or tag differs
  kTxBadPspPacket,     // PSP asked for, headers not found or not consistent
  kTxTooLong,          // longer than the MTU allows
  kTxControlFrame,     // MAC control: the port's own
  kTxFlowUnprotected,  // the device was to protect it and cannot; never sent in clear
  kTxQueueReset,       // in flight when its queue or function was reset
  // receive
  kRxOverflow,     // packet buffer full
  kRxPspOverflow,  // the lanes' part of the packet buffer full
  kRxBadFcs,       // damaged on the wire
  kRxNoVport,      // no enabled vport takes this address
  kRxFrameLength,  // runt or longer than the queue takes
  kRxPspAuthFail,
  kRxPspError,      // length or framing
  kRxPspBad,        // reserved version, reserved SPI, no key
  kRxPspSampled,    // authentic; its sender wanted it dropped after sampling
  kRxFlowClear,     // in clear, though its flow is protected
  kRxFlowMismatch,  // authentic, but not from the peer of its flow
  kRxPspNoQueue,    // steered by what is inside to a queue that takes no PSP packets
  kRxNoBuffer,      // buffer queue empty
  kRxQueueDisabled,
  kRxDmaFault,
  kCount
};

const char* drop_reason_name(DropReason reason);         // snake_case, for reports
const char* drop_reason_description(DropReason reason);  // one sentence

}  // namespace pspnic::base
