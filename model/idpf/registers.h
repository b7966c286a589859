// SPDX-License-Identifier: Apache-2.0
// The registers of an IDPF function: PCI identity, BAR0 offsets, bits, and a map from an offset to the
// register's name. Offsets are from the IDPF 1.0 register tables and agree with the Linux and DPDK drivers.
// All accesses are 32 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pspnic::idpf {

inline constexpr uint16_t kPciVendorId = 0x8086;
inline constexpr uint16_t kPciDeviceIdPf = 0x1452;
inline constexpr uint16_t kPciDeviceIdVf = 0x145C;
inline constexpr uint32_t kPciClassEthernet = 0x020000;
inline constexpr uint32_t kPciClassIdpf = 0x020001;  // programming interface 01: any id is an IDPF function

// ---- Bits, the same in the PF and VF maps
// -------------------------------------------------------------------------

// ARQLEN, ATQLEN. Must read back what was written: drivers find a reset by a cleared length or enable bit.
inline constexpr uint32_t kMbxLenMask = 0x1FFF;  // entries; the architected VF field has the low 10 bits only
inline constexpr uint32_t kMbxLenVfe = 1u << 28;
inline constexpr uint32_t kMbxLenOvfl = 1u << 29;
inline constexpr uint32_t kMbxLenCrit = 1u << 30;
inline constexpr uint32_t kMbxLenEnable = 1u << 31;
inline constexpr uint32_t kMbxHeadMask = 0x1FFF;  // ARQH, ARQT, ATQH, ATQT: ring index

// PFGEN_CTRL.
inline constexpr uint32_t kPfSwr = 1u << 0;  // software reset; RSTAT must drop to 0 in the same instant

// PFGEN_RSTAT, VFGEN_RSTAT [1:0].
inline constexpr uint32_t kRstatMask = 3;
inline constexpr uint32_t kRstatInProgress = 0;
inline constexpr uint32_t kRstatCompleted = 1;
inline constexpr uint32_t kRstatActive = 2;  // after VERSION was answered

// PFGEN_RTRIG.
inline constexpr uint32_t kRtrigCorer = 1u << 0;
inline constexpr uint32_t kRtrigLinkr = 1u << 1;
inline constexpr uint32_t kRtrigImcr = 1u << 2;

// VF_INT_ICR0_ENA1: what a VF driver writes to enable the mailbox cause; a PF writes all ones to OICR_ENA.
inline constexpr uint32_t kIcr0EnaAdminq = 1u << 30;

// ITR registers [11:0], and INTERVAL of DYN_CTL: units of 2 us.
inline constexpr uint32_t kItrMask = 0xFFF;
inline constexpr uint32_t kItrUnitUs = 2;
inline constexpr uint32_t kItrNoUpdate = 3;  // ITR_INDX value that leaves every ITR as it is

// A DYN_CTL register taken apart. Fields wider than their bits are cut to them by encode().
struct DynCtl {
  bool intena = false;           // 0 one message may be sent; the device clears it on sending
  bool clearpba = false;         // 1
  bool swint_trig = false;       // 2 raise the vector although nothing is pending
  uint8_t itr_indx = 0;          // 4:3
  uint16_t interval = 0;         // 16:5, 2 us units
  bool sw_itr_indx_ena = false;  // 24
  uint8_t sw_itr_indx = 0;       // 26:25
  bool wb_on_itr = false;        // 30 write descriptors back without an interrupt
  bool intena_msk = false;       // 31 this write leaves INTENA as it was

  constexpr uint32_t encode() const {
    return uint32_t{intena} | uint32_t{clearpba} << 1 | uint32_t{swint_trig} << 2 | (itr_indx & 3u) << 3 |
           (interval & kItrMask) << 5 | uint32_t{sw_itr_indx_ena} << 24 | (sw_itr_indx & 3u) << 25 |
           uint32_t{wb_on_itr} << 30 | uint32_t{intena_msk} << 31;
  }
  static constexpr DynCtl decode(uint32_t value) {
    return {.intena = (value & 1) != 0,
            .clearpba = (value >> 1 & 1) != 0,
            .swint_trig = (value >> 2 & 1) != 0,
            .itr_indx = static_cast<uint8_t>(value >> 3 & 3),
            .interval = static_cast<uint16_t>(value >> 5 & kItrMask),
            .sw_itr_indx_ena = (value >> 24 & 1) != 0,
            .sw_itr_indx = static_cast<uint8_t>(value >> 25 & 3),
            .wb_on_itr = (value >> 30 & 1) != 0,
            .intena_msk = (value >> 31 & 1) != 0};
  }
  bool operator==(const DynCtl&) const = default;
};

// Tails of config queues are those of transmit queues (commands) and receive queues (answers) from here on.
inline constexpr uint32_t kFirstConfigTail = 1024;

// ---- Physical function
// --------------------------------------------------------------------------------------------

namespace pf {

inline constexpr uint64_t kBar0Bytes = uint64_t{256} << 20;

inline constexpr uint32_t kMailboxBase = 0x08400000;
inline constexpr uint32_t kArqbal = kMailboxBase + 0x00;  // device to driver ring, 128-byte aligned
inline constexpr uint32_t kArqbah = kMailboxBase + 0x04;
inline constexpr uint32_t kArqlen = kMailboxBase + 0x08;
inline constexpr uint32_t kArqh = kMailboxBase + 0x0C;
inline constexpr uint32_t kArqt = kMailboxBase + 0x10;    // drivers write it first: latch it
inline constexpr uint32_t kAtqbal = kMailboxBase + 0x14;  // driver to device ring
inline constexpr uint32_t kAtqbah = kMailboxBase + 0x18;
inline constexpr uint32_t kAtqlen = kMailboxBase + 0x1C;
inline constexpr uint32_t kAtqh = kMailboxBase + 0x20;
inline constexpr uint32_t kAtqt = kMailboxBase + 0x24;

inline constexpr uint32_t kSecondaryMailboxBase = 0x08000000;  // same inner layout as the mailbox
inline constexpr uint32_t kSecondaryMailboxStride = 0x1000;
inline constexpr uint32_t kMaxSecondaryMailboxes = 1024;

inline constexpr uint32_t kTsyncCmdSync = 0x08404000;  // exec [1:0], SHTIME_EN bit 2
inline constexpr uint32_t kTsyncShtime0 = 0x08404004;
inline constexpr uint32_t kTsyncShtimeL = 0x08404008;
inline constexpr uint32_t kTsyncShtimeH = 0x0840400C;
inline constexpr uint32_t kTsyncArtL = 0x08404010;
inline constexpr uint32_t kTsyncArtH = 0x08404014;

inline constexpr uint32_t kOicrEna = 0x08406000;
inline constexpr uint32_t kOicr = 0x08406004;
inline constexpr uint32_t kOicrCause = 0x08406008;
inline constexpr uint32_t kPbaClear = 0x0840600C;
inline constexpr uint32_t kFuncRid = 0x08406010;

inline constexpr uint32_t kPfgenRtrig = 0x08407000;
inline constexpr uint32_t kPfgenRstat = 0x08407008;
inline constexpr uint32_t kPfgenCtrl = 0x0840700C;

inline constexpr uint32_t kVectorStride = 0x1000;
inline constexpr uint32_t kMaxVectors = 2048;  // what an MSI-X table can hold
inline constexpr uint32_t kNumItr = 3;         // interval registers of a vector: 0 Rx, 1 Tx, 2 software
inline constexpr uint32_t kItrIndexSpacing = 4;
inline constexpr uint32_t kGlintDynCtl0 = 0x08900000;
constexpr uint32_t glint_dyn_ctl(uint32_t vector) {
  return kGlintDynCtl0 + kVectorStride * vector;
}
constexpr uint32_t glint_itr(uint32_t itr_idx, uint32_t vector) {
  return kGlintDynCtl0 + 4 * (itr_idx + 1) + kVectorStride * vector;
}

// Tails: the index one past the last descriptor handed over.
inline constexpr uint32_t kTailStride = 0x1000;
inline constexpr uint32_t kRxTailBase = 0x00000000;     // single-queue model
inline constexpr uint32_t kRxBufTailBase = 0x03000000;  // queues from 8192 have theirs beyond this BAR
inline constexpr uint32_t kTxTailBase = 0x05000000;
inline constexpr uint32_t kMaxRxTails = 12288;
inline constexpr uint32_t kMaxRxBufTails = 8192;
inline constexpr uint32_t kMaxTxTails = 12288;
constexpr uint32_t rx_tail(uint32_t queue) {
  return kRxTailBase + kTailStride * queue;
}
constexpr uint32_t rx_buf_tail(uint32_t queue) {
  return kRxBufTailBase + kTailStride * queue;
}
constexpr uint32_t tx_tail(uint32_t queue) {
  return kTxTailBase + kTailStride * queue;
}

// What newer Linux drivers map first and hand-out offsets must stay clear of: start and length in bytes.
inline constexpr uint32_t kMailboxRegionBytes = 0x1000;
inline constexpr uint32_t kRstatRegion = 0x08407000;
inline constexpr uint32_t kRstatRegionBytes = 0x800;

}  // namespace pf

// ---- Virtual function
// ---------------------------------------------------------------------------------------------

namespace vf {

inline constexpr uint64_t kBar0Bytes = uint64_t{1} << 20;  // a choice; 512 KiB hold every offset below

inline constexpr uint32_t kArqbah = 0x6000;
inline constexpr uint32_t kAtqh = 0x6400;
inline constexpr uint32_t kAtqlen = 0x6800;
inline constexpr uint32_t kArqbal = 0x6C00;
inline constexpr uint32_t kArqt = 0x7000;
inline constexpr uint32_t kArqh = 0x7400;
inline constexpr uint32_t kAtqbah = 0x7800;
inline constexpr uint32_t kAtqbal = 0x7C00;
inline constexpr uint32_t kArqlen = 0x8000;
inline constexpr uint32_t kAtqt = 0x8400;
inline constexpr uint32_t kVfgenRstat = 0x8800;
inline constexpr uint32_t kPbaClear = 0x8900;

inline constexpr uint32_t kIntIcr01 = 0x4800;
inline constexpr uint32_t kIntIcr0Ena1 = 0x5000;
inline constexpr uint32_t kIntDynCtl0 = 0x5C00;  // mailbox vector
inline constexpr uint32_t kItrIndexSpacing = 0x40;
inline constexpr uint32_t kItrIndexSpacing64 = 0x100;
inline constexpr uint32_t kMaxQueueVectors = 64;  // with registers here; the extended ranges are not used
inline constexpr uint32_t kMaxTails = 256;        // of each kind
inline constexpr uint32_t kTailStride = 4;
// Queue vector n is MSI-X entry n + 1.
constexpr uint32_t int_dyn_ctln(uint32_t n) {
  return 0x3800 + 4 * n;
}
constexpr uint32_t int_dyn_ctln_ext(uint32_t n) {
  return 0x70000 + 4 * n;
}
constexpr uint32_t int_itrn(uint32_t itr_idx, uint32_t n) {
  return 0x2800 + 4 * n + 0x40 * itr_idx;
}
constexpr uint32_t int_itrn_64(uint32_t itr_idx, uint32_t n) {
  return 0x2C00 + 4 * n + 0x100 * itr_idx;
}
constexpr uint32_t int_itrn_2k(uint32_t itr_idx, uint32_t n) {
  return 0x72000 + 4 * n + 0x2000 * itr_idx;
}

constexpr uint32_t tx_tail(uint32_t queue) {
  return 4 * queue;
}
constexpr uint32_t tx_tail_ext(uint32_t queue) {
  return 0x40000 + 4 * queue;
}
constexpr uint32_t rx_tail(uint32_t queue) {
  return 0x2000 + 4 * queue;
}
constexpr uint32_t rx_tail_ext(uint32_t queue) {
  return 0x50000 + 4 * queue;
}
constexpr uint32_t rx_buf_tail(uint32_t queue) {
  return 0x60000 + 4 * queue;
}

inline constexpr uint32_t kMailboxRegion = 0x6000;
inline constexpr uint32_t kMailboxRegionBytes = 0x2800;
inline constexpr uint32_t kRstatRegion = 0x8800;
inline constexpr uint32_t kRstatRegionBytes = 0x800;

}  // namespace vf

// A driver that tells PF from VF writes this to offset 6C00h and reads it back: a VF must echo it, a PF must
// not.
inline constexpr uint32_t kVfProbeOffset = vf::kArqbal;
inline constexpr uint32_t kVfProbeValue = 0xFEED0000;

// ---- Both maps as data
// ---------------------------------------------------------------------------------------------

// Whose BAR0 an offset is of.
enum class RegisterMap : uint8_t { kPhysical, kVirtual };

enum class Register : uint8_t {
  kArqbal,
  kArqbah,
  kArqlen,
  kArqh,
  kArqt,
  kAtqbal,
  kAtqbah,
  kAtqlen,
  kAtqh,
  kAtqt,
  kSecArqbal,
  kSecArqbah,
  kSecArqlen,
  kSecArqh,
  kSecArqt,
  kSecAtqbal,
  kSecAtqbah,
  kSecAtqlen,
  kSecAtqh,
  kSecAtqt,
  kTsyncCmdSync,
  kTsyncShtime0,
  kTsyncShtimeL,
  kTsyncShtimeH,
  kTsyncArtL,
  kTsyncArtH,
  kOicrEna,
  kOicr,
  kOicrCause,
  kPbaClear,
  kFuncRid,
  kPfgenRtrig,
  kPfgenRstat,
  kPfgenCtrl,
  kDynCtl,
  kItr0,
  kItr1,
  kItr2,
  kRxTail,
  kRxBufTail,
  kTxTail,
};

enum class Access : uint8_t {
  kReadWrite,
  kReadOnly,   // writes are ignored
  kWriteOnly,  // reads return 0
};

// One register of a physical function, or `count` of them `stride` bytes apart.
struct RegisterInfo {
  Register id;
  std::string_view name;
  uint32_t offset;  // of the first, in BAR0
  uint32_t stride;  // bytes; 0 for a single register
  uint32_t count;
  Access access;
};

// Which register lies at an offset, and which of its row.
struct RegisterHit {
  Register id;
  uint32_t index;  // queue, vector or secondary mailbox; 0 for a single register
  Access access;
};

// Nothing for an offset that is unaligned or has no register. A few comparisons, no search: fit for every
// access. A virtual function has the mailbox, its reset status (as kPfgenRstat), the mailbox's interrupt
// cause (kOicrEna, kOicr), vectors and tails; vector n of a row is MSI-X entry n in both maps.
std::optional<RegisterHit> find_register(uint64_t offset, RegisterMap map = RegisterMap::kPhysical);

const RegisterInfo& register_info(Register id);

// The register's name, or "?" for an offset without one.
std::string_view register_name(uint64_t offset);

// For messages: "GLINT_DYN_CTL(3)", "ATQT", or the offset in hexadecimal if it has no register. The names are
// the physical function's, with VF_ in front for a virtual one's.
std::string register_text(uint64_t offset, RegisterMap map = RegisterMap::kPhysical);

}  // namespace pspnic::idpf
