// SPDX-License-Identifier: Apache-2.0
// Has two cards protect flows without the knowledge of their drivers: what a privileged side does on each
// host, through the management ports.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "model/idpf/psp_flow.h"
#include "model/idpf/virtchnl2_opcodes.h"
#include "testbench/bench/card_pair.h"
#include "testbench/bench/flow_file.h"
#include "testbench/bench/key_log.h"

namespace pspnic::bench {

// Lets some simulated time pass, a few microseconds.
using Pause = std::function<void()>;

// One request at the card's management port and its answer. Throws std::runtime_error naming request and
// status when it is refused, or not answered.
std::vector<uint8_t> call_management(nic::Nic& nic, idpf::Opcode opcode, std::vector<uint8_t> payload,
                                     const Pause& pause);

// The ids that the two cards have given a flow.
using FlowIds = std::array<uint32_t, kSides>;

// For each flow and direction the receiver's card gives SPI and key, the sender's card gets the SA and how to
// encapsulate; then each card gets its flow. `origin` names the flows in errors. Throws std::runtime_error
// naming the flow if a card refuses something.
std::vector<FlowIds> protect_flows(CardPair& cards, const std::vector<FlowSpec>& flows,
                                   const std::string& origin, KeyLog& keys, const Pause& pause);

// What the cards have counted of a flow.
using FlowCounts = std::array<idpf::PspFlowCounts, kSides>;
// Throws std::runtime_error if a card does not answer.
std::vector<FlowCounts> count_flows(CardPair& cards, const std::vector<FlowIds>& flows, const Pause& pause);

}  // namespace pspnic::bench
