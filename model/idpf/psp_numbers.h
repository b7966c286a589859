// SPDX-License-Identifier: Apache-2.0
// Every number this project chose for PSP over IDPF ("OPSP", open PSP extension). IDPF 1.0 leaves inline
// crypto to a later version, so none of these is a standard value; they sit in the ranges the specification
// gives to vendors. All are here so that a published set can replace them in one place.
#pragma once

#include <cstdint>

namespace pspnic::idpf {

// GET_CAPS reply, device_type: the extension is present ("OPSP"). Only reported if other_caps bit 63 is
// granted.
inline constexpr uint32_t kDeviceTypeOpsp = 0x4F505350;
inline constexpr uint16_t kOpspVersionMajor = 1;  // oem_cp_ver_major
inline constexpr uint16_t kOpspVersionMinor = 0;  // oem_cp_ver_minor

inline constexpr uint32_t kPspOpcodeBase = 30000;       // virtchnl2 v_opcodes 30000..30999
inline constexpr uint32_t kPspStatusBase = 320;         // v_retval; 300..399 is the vendors' range
inline constexpr uint32_t kPspEventBase = 30000;        // codes in a v_opcode 522 message
inline constexpr uint16_t kPspCfgqOpcodeBase = 0x1500;  // config-queue commands

inline constexpr uint8_t kDtypePspContext = 16;  // Tx descriptor types reserved for vendors
inline constexpr uint8_t kDtypePspKey = 17;

inline constexpr uint16_t kQflagPsp = 1u << 12;  // txq_info.qflags and rxq_info.qflags: PSP on this queue
inline constexpr uint16_t kProtocolPsp = 0x8000 + 37;  // ptype protocol id, user-defined range

inline constexpr uint16_t kPtypeIpv4Psp = 29;  // packet type ids, free in the announced table
inline constexpr uint16_t kPtypeIpv6Psp = 95;

}  // namespace pspnic::idpf
