// SPDX-License-Identifier: Apache-2.0
#include "testbench/fuzz/input.h"

namespace pspnic::fuzz {

idpf::Opcode read_opcode(Input& input) {
  constexpr uint8_t kFirst = 60;  // 500..559, most of which are opcodes
  constexpr uint8_t kPsp = 13;    // 30000..30012
  const uint8_t choice = input.byte();
  if (choice < kFirst) return idpf::Opcode{500u + choice};
  if (choice < kFirst + kPsp) return idpf::Opcode{30000u + choice - kFirst};
  if (choice == kFirst + kPsp) return idpf::Opcode::kVersion;
  if (choice == kFirst + kPsp + 1) return idpf::Opcode::kGetOemCaps;
  if (choice < 0xf0) return idpf::Opcode{30003u + choice % 5};  // SAs: what keys travel in
  return idpf::Opcode{input.word() & 0x0fffffffu};
}

}  // namespace pspnic::fuzz
