// SPDX-License-Identifier: Apache-2.0
#include "model/base/drop_reason.h"

#include <array>
#include <cstddef>
#include <utility>

namespace pspnic::base {

namespace {

constexpr std::array<std::pair<const char*, const char*>, static_cast<std::size_t>(DropReason::kCount)>
    kTexts{{
        {"tx_bad_descriptor", "Descriptor breaks a rule of the interface; its queue is stopped"},
        {"tx_dma_fault", "Descriptor or data lies outside host memory, or its read failed"},
        {"tx_no_sa", "PSP was asked for, but the SA slot is empty or its tag differs"},
        {"tx_bad_psp_packet", "PSP was asked for, but the packet's PSP headers are missing or inconsistent"},
        {"tx_too_long", "Frame is longer than the MTU allows"},
        {"tx_control_frame", "MAC control frame of a host: it would stop the port for all"},
        {"tx_flow_unprotected", "The device was to protect it, but lacks the SA or cannot encapsulate it"},
        {"tx_queue_reset", "In flight when its queue or function was reset"},
        {"rx_overflow", "Packet buffer full when the frame arrived"},
        {"rx_psp_overflow", "PSP packet that found the crypto lanes' part of the packet buffer full"},
        {"rx_bad_fcs", "Frame check sequence does not match: damaged on the wire"},
        {"rx_no_vport", "No enabled vport takes the destination address"},
        {"rx_frame_length", "Frame is a runt or longer than the receive queue takes"},
        {"rx_psp_auth_fail", "PSP packet whose ICV does not match"},
        {"rx_psp_error", "PSP packet with a length or framing error"},
        {"rx_psp_bad", "PSP packet with a reserved version, a reserved SPI or without a key"},
        {"rx_psp_sampled",
         "Authentic PSP packet whose sender wanted it dropped after sampling (S and D bits)"},
        {"rx_flow_clear", "In clear, though its flow is protected"},
        {"rx_flow_mismatch", "Authentic, but under an SPI that is not its flow's, or not decapsulable"},
        {"rx_psp_no_queue", "PSP packet steered by its inner headers to a queue without the PSP flag"},
        {"rx_no_buffer", "Buffer queue empty"},
        {"rx_queue_disabled", "Receive queue not enabled"},
        {"rx_dma_fault", "Buffer or completion lies outside host memory, or its write failed"},
    }};

}  // namespace

const char* drop_reason_name(DropReason reason) {
  return kTexts[static_cast<std::size_t>(reason)].first;
}
const char* drop_reason_description(DropReason reason) {
  return kTexts[static_cast<std::size_t>(reason)].second;
}

}  // namespace pspnic::base
