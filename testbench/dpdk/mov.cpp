// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/mov.h"

#include "model/net/bytes.h"

namespace pspnic::dpdk {

namespace {

constexpr uint8_t kRexMask = 0xf0;
constexpr uint8_t kRex = 0x40;
constexpr uint8_t kRexWide = 0x08;      // 64-bit operands
constexpr uint8_t kRexRegister = 0x04;  // top bit of the register's number
constexpr uint8_t kStore = 0x89;
constexpr uint8_t kLoad = 0x8b;
constexpr uint8_t kStoreConstant = 0xc7;
constexpr unsigned kSibFollows = 4;  // r/m
constexpr unsigned kNoBase = 5;      // r/m or SIB base: 32-bit displacement in place of a base register
constexpr unsigned kConstantBytes = 4;

// Bytes of ModRM, SIB and displacement; 0 if the operand is no memory.
unsigned operand_bytes(const uint8_t* modrm) {
  const unsigned mode = *modrm >> 6;
  const unsigned rm = *modrm & 7;
  if (mode == 3) return 0;
  unsigned bytes = 1;
  bool no_base = rm == kNoBase;
  if (rm == kSibFollows) {
    ++bytes;
    no_base = (modrm[1] & 7) == kNoBase;
  }
  if (mode == 1) return bytes + 1;
  return mode == 2 || no_base ? bytes + 4 : bytes;
}

}  // namespace

std::optional<Mov> decode_mov(const uint8_t* code) {
  const uint8_t* at = code;
  const uint8_t rex = (*at & kRexMask) == kRex ? *at++ : uint8_t{0};
  const uint8_t opcode = *at++;
  if ((rex & kRexWide) != 0 || (opcode != kStore && opcode != kLoad && opcode != kStoreConstant)) {
    return std::nullopt;
  }
  const unsigned bytes = operand_bytes(at);
  if (bytes == 0) return std::nullopt;
  Mov mov;
  mov.write = opcode != kLoad;
  mov.constant = opcode == kStoreConstant;
  mov.general = (*at >> 3 & 7u) | ((rex & kRexRegister) != 0 ? 8u : 0u);
  if (mov.constant && (*at >> 3 & 7) != 0) return std::nullopt;
  at += bytes;
  if (mov.constant) {
    mov.value = net::load_le32(at);
    at += kConstantBytes;
  }
  mov.code_bytes = static_cast<unsigned>(at - code);
  return mov;
}

}  // namespace pspnic::dpdk
