// SPDX-License-Identifier: Apache-2.0
// How many cycles of the control processor a command takes.
#pragma once

#include <cstdint>
#include <span>

#include "model/idpf/virtchnl2_opcodes.h"

namespace pspnic::firmware {

// Fixed part of the opcode, and its part per list entry times the entries that the message says and really
// holds.
uint64_t command_cycles(idpf::Opcode opcode, std::span<const uint8_t> payload);

}  // namespace pspnic::firmware
