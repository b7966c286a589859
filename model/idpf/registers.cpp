// SPDX-License-Identifier: Apache-2.0
#include "model/idpf/registers.h"

#include <array>
#include <cstdio>

namespace pspnic::idpf {
namespace {

constexpr Access kRw = Access::kReadWrite;
constexpr Access kRo = Access::kReadOnly;
constexpr Access kWo = Access::kWriteOnly;

constexpr RegisterInfo secondary(Register id, std::string_view name, uint32_t inner_offset) {
  return {id,
          name,
          pf::kSecondaryMailboxBase + inner_offset,
          pf::kSecondaryMailboxStride,
          pf::kMaxSecondaryMailboxes,
          kRw};
}

// In the order of the enumeration, so that an id is its own index.
constexpr RegisterInfo kRegisters[] = {
    {Register::kArqbal, "ARQBAL", pf::kArqbal, 0, 1, kRw},
    {Register::kArqbah, "ARQBAH", pf::kArqbah, 0, 1, kRw},
    {Register::kArqlen, "ARQLEN", pf::kArqlen, 0, 1, kRw},
    {Register::kArqh, "ARQH", pf::kArqh, 0, 1, kRw},
    {Register::kArqt, "ARQT", pf::kArqt, 0, 1, kRw},
    {Register::kAtqbal, "ATQBAL", pf::kAtqbal, 0, 1, kRw},
    {Register::kAtqbah, "ATQBAH", pf::kAtqbah, 0, 1, kRw},
    {Register::kAtqlen, "ATQLEN", pf::kAtqlen, 0, 1, kRw},
    {Register::kAtqh, "ATQH", pf::kAtqh, 0, 1, kRw},
    {Register::kAtqt, "ATQT", pf::kAtqt, 0, 1, kRw},
    secondary(Register::kSecArqbal, "SEC_ARQBAL", 0x00),
    secondary(Register::kSecArqbah, "SEC_ARQBAH", 0x04),
    secondary(Register::kSecArqlen, "SEC_ARQLEN", 0x08),
    secondary(Register::kSecArqh, "SEC_ARQH", 0x0C),
    secondary(Register::kSecArqt, "SEC_ARQT", 0x10),
    secondary(Register::kSecAtqbal, "SEC_ATQBAL", 0x14),
    secondary(Register::kSecAtqbah, "SEC_ATQBAH", 0x18),
    secondary(Register::kSecAtqlen, "SEC_ATQLEN", 0x1C),
    secondary(Register::kSecAtqh, "SEC_ATQH", 0x20),
    secondary(Register::kSecAtqt, "SEC_ATQT", 0x24),
    {Register::kTsyncCmdSync, "GLTSYN_CMD_SYNC", pf::kTsyncCmdSync, 0, 1, kRw},
    {Register::kTsyncShtime0, "GLTSYN_SHTIME_0", pf::kTsyncShtime0, 0, 1, kRo},
    {Register::kTsyncShtimeL, "GLTSYN_SHTIME_L", pf::kTsyncShtimeL, 0, 1, kRo},
    {Register::kTsyncShtimeH, "GLTSYN_SHTIME_H", pf::kTsyncShtimeH, 0, 1, kRo},
    {Register::kTsyncArtL, "GLTSYN_ART_L", pf::kTsyncArtL, 0, 1, kRo},
    {Register::kTsyncArtH, "GLTSYN_ART_H", pf::kTsyncArtH, 0, 1, kRo},
    {Register::kOicrEna, "PF_INT_DIR_OICR_ENA", pf::kOicrEna, 0, 1, kRw},
    {Register::kOicr, "PF_INT_DIR_OICR", pf::kOicr, 0, 1, kRw},
    {Register::kOicrCause, "PF_INT_DIR_OICR_CAUSE", pf::kOicrCause, 0, 1, kRo},
    {Register::kPbaClear, "PF_INT_PBA_CLEAR", pf::kPbaClear, 0, 1, kWo},
    {Register::kFuncRid, "PF_FUNC_RID", pf::kFuncRid, 0, 1, kRo},
    {Register::kPfgenRtrig, "PFGEN_RTRIG", pf::kPfgenRtrig, 0, 1, kWo},
    {Register::kPfgenRstat, "PFGEN_RSTAT", pf::kPfgenRstat, 0, 1, kRo},
    {Register::kPfgenCtrl, "PFGEN_CTRL", pf::kPfgenCtrl, 0, 1, kRw},
    {Register::kDynCtl, "GLINT_DYN_CTL", pf::glint_dyn_ctl(0), pf::kVectorStride, pf::kMaxVectors, kRw},
    {Register::kItr0, "GLINT_ITR0", pf::glint_itr(0, 0), pf::kVectorStride, pf::kMaxVectors, kRw},
    {Register::kItr1, "GLINT_ITR1", pf::glint_itr(1, 0), pf::kVectorStride, pf::kMaxVectors, kRw},
    {Register::kItr2, "GLINT_ITR2", pf::glint_itr(2, 0), pf::kVectorStride, pf::kMaxVectors, kRw},
    {Register::kRxTail, "RX_TAIL", pf::kRxTailBase, pf::kTailStride, pf::kMaxRxTails, kRw},
    {Register::kRxBufTail, "RX_BUF_TAIL", pf::kRxBufTailBase, pf::kTailStride, pf::kMaxRxBufTails, kRw},
    {Register::kTxTail, "TX_TAIL", pf::kTxTailBase, pf::kTailStride, pf::kMaxTxTails, kRw},
};

constexpr bool table_is_in_order() {
  size_t index = 0;
  for (const RegisterInfo& info : kRegisters) {
    if (static_cast<size_t>(info.id) != index++) return false;
  }
  return index == static_cast<size_t>(Register::kTxTail) + 1;
}
static_assert(table_is_in_order());

constexpr RegisterHit hit(Register id, uint32_t index = 0) {
  return {id, index, kRegisters[static_cast<size_t>(id)].access};
}

// For blocks whose registers are the first `count` words of a page, in the order of the enumeration.
std::optional<RegisterHit> nth_of(Register first, uint32_t word, uint32_t count, uint32_t index = 0) {
  if (word >= count) return std::nullopt;
  return hit(static_cast<Register>(static_cast<uint32_t>(first) + word), index);
}

std::optional<RegisterHit> find_generation_control(uint32_t offset) {
  switch (offset) {
    case pf::kPfgenRtrig:
      return hit(Register::kPfgenRtrig);
    case pf::kPfgenRstat:
      return hit(Register::kPfgenRstat);
    case pf::kPfgenCtrl:
      return hit(Register::kPfgenCtrl);
    default:
      return std::nullopt;
  }
}

std::optional<RegisterHit> find_tail(Register id, uint32_t offset, uint32_t base) {
  if ((offset - base) % pf::kTailStride != 0) return std::nullopt;
  return hit(id, (offset - base) / pf::kTailStride);
}

// ---- Virtual function

std::optional<RegisterHit> find_virtual_single(uint32_t offset) {
  switch (offset) {
    case vf::kArqbal:
      return hit(Register::kArqbal);
    case vf::kArqbah:
      return hit(Register::kArqbah);
    case vf::kArqlen:
      return hit(Register::kArqlen);
    case vf::kArqh:
      return hit(Register::kArqh);
    case vf::kArqt:
      return hit(Register::kArqt);
    case vf::kAtqbal:
      return hit(Register::kAtqbal);
    case vf::kAtqbah:
      return hit(Register::kAtqbah);
    case vf::kAtqlen:
      return hit(Register::kAtqlen);
    case vf::kAtqh:
      return hit(Register::kAtqh);
    case vf::kAtqt:
      return hit(Register::kAtqt);
    case vf::kVfgenRstat:
      return hit(Register::kPfgenRstat);
    case vf::kPbaClear:
      return hit(Register::kPbaClear);
    case vf::kIntIcr01:
      return hit(Register::kOicr);
    case vf::kIntIcr0Ena1:
      return hit(Register::kOicrEna);
    case vf::kIntDynCtl0:
      return hit(Register::kDynCtl);
    default:
      return std::nullopt;
  }
}

// A row of `count` words.
std::optional<RegisterHit> nth_word(Register id, uint32_t offset, uint32_t base, uint32_t count,
                                    uint32_t first_index = 0) {
  if (offset - base >= 4 * count) return std::nullopt;
  return hit(id, (offset - base) / 4 + first_index);
}

// The rows of ITRs of the queue vectors: `vectors` each, `spacing` bytes from one ITR to the next.
std::optional<RegisterHit> find_virtual_itr(uint32_t offset, uint32_t base, uint32_t spacing) {
  if (offset < base || offset - base >= pf::kNumItr * spacing) return std::nullopt;
  const uint32_t itr = (offset - base) / spacing;
  const auto id = static_cast<Register>(static_cast<uint32_t>(Register::kItr0) + itr);
  return nth_word(id, offset, base + itr * spacing, spacing / 4, 1);
}

std::optional<RegisterHit> find_virtual(uint64_t wide_offset) {
  if (wide_offset >= vf::kBar0Bytes || wide_offset % 4 != 0) return std::nullopt;
  const auto offset = static_cast<uint32_t>(wide_offset);
  if (offset >= vf::rx_buf_tail(0)) {
    return nth_word(Register::kRxBufTail, offset, vf::rx_buf_tail(0), vf::kMaxTails);
  }
  if (offset < vf::rx_tail(0)) return nth_word(Register::kTxTail, offset, vf::tx_tail(0), vf::kMaxTails);
  if (const auto tail = nth_word(Register::kRxTail, offset, vf::rx_tail(0), vf::kMaxTails)) return tail;
  if (const auto itr = find_virtual_itr(offset, vf::int_itrn(0, 0), vf::kItrIndexSpacing)) return itr;
  if (const auto itr = find_virtual_itr(offset, vf::int_itrn_64(0, 0), vf::kItrIndexSpacing64)) return itr;
  if (offset >= vf::int_dyn_ctln(0) && offset < vf::int_dyn_ctln(vf::kMaxQueueVectors)) {
    return nth_word(Register::kDynCtl, offset, vf::int_dyn_ctln(0), vf::kMaxQueueVectors, 1);
  }
  return find_virtual_single(offset);
}

}  // namespace

std::optional<RegisterHit> find_register(uint64_t wide_offset, RegisterMap map) {
  if (map == RegisterMap::kVirtual) return find_virtual(wide_offset);
  if (wide_offset >= pf::kBar0Bytes || wide_offset % 4 != 0) return std::nullopt;
  const auto offset = static_cast<uint32_t>(wide_offset);
  if (offset < pf::kRxBufTailBase) return find_tail(Register::kRxTail, offset, pf::kRxTailBase);
  if (offset < pf::kTxTailBase) return find_tail(Register::kRxBufTail, offset, pf::kRxBufTailBase);
  if (offset < pf::kSecondaryMailboxBase) return find_tail(Register::kTxTail, offset, pf::kTxTailBase);
  const uint32_t page = offset & ~0xFFFu;
  const uint32_t word = (offset & 0xFFF) / 4;
  if (offset < pf::kMailboxBase) {
    return nth_of(Register::kSecArqbal, word, 10, (offset - pf::kSecondaryMailboxBase) >> 12);
  }
  if (offset >= pf::kGlintDynCtl0) {
    const uint32_t vector = (offset - pf::kGlintDynCtl0) / pf::kVectorStride;
    if (vector >= pf::kMaxVectors) return std::nullopt;
    return nth_of(Register::kDynCtl, word, 1 + pf::kNumItr, vector);
  }
  switch (page) {
    case pf::kMailboxBase:
      return nth_of(Register::kArqbal, word, 10);
    case pf::kTsyncCmdSync:
      return nth_of(Register::kTsyncCmdSync, word, 6);
    case pf::kOicrEna:
      return nth_of(Register::kOicrEna, word, 5);
    case pf::kPfgenRtrig:
      return find_generation_control(offset);
    default:
      return std::nullopt;
  }
}

const RegisterInfo& register_info(Register id) {
  return kRegisters[static_cast<size_t>(id)];
}

std::string_view register_name(uint64_t offset) {
  const auto found = find_register(offset);
  return found ? register_info(found->id).name : "?";
}

std::string register_text(uint64_t offset, RegisterMap map) {
  const auto found = find_register(offset, map);
  if (!found) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "0x%08llx", static_cast<unsigned long long>(offset));
    return text.data();
  }
  const RegisterInfo& info = register_info(found->id);
  std::string text = (map == RegisterMap::kVirtual ? "VF_" : "") + std::string(info.name);
  if (info.count > 1) text += "(" + std::to_string(found->index) + ")";
  return text;
}

}  // namespace pspnic::idpf
