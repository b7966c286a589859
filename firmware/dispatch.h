// SPDX-License-Identifier: Apache-2.0
// The table of opcodes: who serves which, and what must have been agreed on before. docs/messages.md lists
// them for readers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "firmware/command.h"

namespace pspnic::firmware {

// Finds the handler and runs it. Unknown opcodes kEsrch; of others first kEperm or kEsm if they may not be
// used (yet), then kEinval if the message is too short.
idpf::Status carry_out(Command& command, idpf::Opcode opcode);

// The request's bytes, but for the keys in it: those need not travel through host memory once more.
std::vector<uint8_t> echo_without_keys(idpf::Opcode opcode, std::span<const uint8_t> request);

// With kVflagRespOnErrorOnly: the reply to a command that succeeded holds nothing that its driver does not
// know, so it need not be sent.
bool tells_nothing_new(idpf::Opcode opcode, std::span<const uint8_t> request, std::span<const uint8_t> reply);

}  // namespace pspnic::firmware
