// SPDX-License-Identifier: Apache-2.0
// The 32-byte descriptor of the mailbox rings, the same in both directions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/idpf/virtchnl2_opcodes.h"
#include "model/net/bytes.h"

namespace pspnic::idpf {

inline constexpr size_t kMailboxDescriptorBytes = 32;
inline constexpr uint16_t kMailboxRingLen = 64;  // what every driver uses; not a limit of the device
inline constexpr size_t kMailboxBufferBytes = 4096;

// MailboxDescriptor::flags. FTYPE [7:6] and HOST_ID [15:13] are 0 in what drivers send.
inline constexpr uint16_t kMbxFlagDd = 1u << 0;   // done; written last
inline constexpr uint16_t kMbxFlagCmp = 1u << 1;  // completed
inline constexpr uint16_t kMbxFlagErr = 1u << 2;  // never set towards a driver: Linux stops receiving
inline constexpr uint16_t kMbxFlagRd = 1u << 10;  // the buffer is read by the device
inline constexpr uint16_t kMbxFlagVfc = 1u << 11;
inline constexpr uint16_t kMbxFlagBuf = 1u << 12;                                   // there is a buffer
inline constexpr uint16_t kMbxFlagsRequest = kMbxFlagBuf | kMbxFlagRd;              // 0x1400
inline constexpr uint16_t kMbxFlagsReply = kMbxFlagDd | kMbxFlagCmp | kMbxFlagBuf;  // 0x1003

// MailboxDescriptor::opcode, the infrastructure opcode.
enum class MailboxOpcode : uint16_t {
  kNone = 0,  // a posted receive descriptor
  kSendToCp = 0x0801,
  kSendToVf = 0x0802,
  kSendToPeerPf = 0x0803,
  kSendToPeerDriver = 0x0804,  // what replies and events carry
};

// v_flags; only if kPspCapMbxVflags was granted, else 0.
inline constexpr uint16_t kVflagRespOnErrorOnly = 1u << 0;
inline constexpr uint16_t kVflagFence = 1u
                                        << 1;  // reply after all earlier requests of this mailbox completed

struct MailboxDescriptor {
  uint16_t flags = 0;
  MailboxOpcode opcode = MailboxOpcode::kNone;
  uint16_t datalen = 0;                // payload bytes in the buffer, 0..4096; a reply must have some
  uint16_t ret_val = 0;                // completion; in a request pf [15:11], vf [10:0], always 0
  Opcode v_opcode = Opcode::kUnknown;  // 28 bits
  uint8_t v_dtype = 0;                 // 4 bits, 0
  Status v_retval = Status::kSuccess;  // replies only
  uint32_t param0 = 0;                 // echoed
  uint16_t sw_cookie = 0;              // echoed: Linux finds its transaction by it
  uint16_t v_flags = 0;                // echoed
  uint64_t address = 0;  // of the buffer. Without kMbxFlagBuf or with datalen 0 a request holds garbage here

  // v_opcode and v_dtype are cut to 28 and 4 bits.
  void encode(std::span<uint8_t, kMailboxDescriptorBytes> out) const {
    net::store_le16(&out[0], flags);
    net::store_le16(&out[2], static_cast<uint16_t>(opcode));
    net::store_le16(&out[4], datalen);
    net::store_le16(&out[6], ret_val);
    net::store_le32(&out[8], (static_cast<uint32_t>(v_opcode) & 0x0FFFFFFF) | uint32_t{v_dtype} << 28);
    net::store_le32(&out[12], static_cast<uint32_t>(v_retval));
    net::store_le32(&out[16], param0);
    net::store_le16(&out[20], sw_cookie);
    net::store_le16(&out[22], v_flags);
    net::store_le32(&out[24], static_cast<uint32_t>(address >> 32));  // high word first
    net::store_le32(&out[28], static_cast<uint32_t>(address));
  }

  static MailboxDescriptor decode(std::span<const uint8_t, kMailboxDescriptorBytes> in) {
    const uint32_t opcode_word = net::load_le32(&in[8]);
    return {.flags = net::load_le16(&in[0]),
            .opcode = MailboxOpcode{net::load_le16(&in[2])},
            .datalen = net::load_le16(&in[4]),
            .ret_val = net::load_le16(&in[6]),
            .v_opcode = Opcode{opcode_word & 0x0FFFFFFF},
            .v_dtype = static_cast<uint8_t>(opcode_word >> 28),
            .v_retval = Status{net::load_le32(&in[12])},
            .param0 = net::load_le32(&in[16]),
            .sw_cookie = net::load_le16(&in[20]),
            .v_flags = net::load_le16(&in[22]),
            .address = uint64_t{net::load_le32(&in[24])} << 32 | net::load_le32(&in[28])};
  }

  // The buffer holds a payload.
  bool has_payload() const { return (flags & kMbxFlagBuf) != 0 && datalen != 0; }

  bool operator==(const MailboxDescriptor&) const = default;
};

}  // namespace pspnic::idpf
