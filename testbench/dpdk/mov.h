// SPDX-License-Identifier: Apache-2.0
// The x86-64 instructions with which a driver accesses registers: MOV of 32 bits between memory and a general
// register, or of a constant to memory (Intel 64 and IA-32 Architectures Software Developer's Manual,
// volume 2, MOV: opcodes 89 /r, 8B /r and C7 /0). The address needs no decoding: the fault brings it.
#pragma once

#include <cstdint>
#include <optional>

namespace pspnic::dpdk {

struct Mov {
  bool write = false;       // to memory
  bool constant = false;    // what is written is `value`, not a register
  uint32_t value = 0;       //
  unsigned general = 0;     // number of the general register, 0 (RAX) to 15 (R15)
  unsigned code_bytes = 0;  // length of the instruction
};

// Nothing for any other instruction. Reads no further than the instruction reaches.
std::optional<Mov> decode_mov(const uint8_t* code);

}  // namespace pspnic::dpdk
