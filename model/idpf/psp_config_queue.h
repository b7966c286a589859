// SPDX-License-Identifier: Apache-2.0
// PSP config queue: Tx SAs set by ring commands, with no firmware in the path. A 32-byte descriptor of the
// mailbox's shape points to a buffer of up to four PspTxSa records, or carries a command for one SA in
// itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "model/idpf/psp_numbers.h"
#include "model/net/bytes.h"

namespace pspnic::idpf {

inline constexpr size_t kCfgqDescriptorBytes = 32;
inline constexpr size_t kCfgqBufferBytes = 256;
inline constexpr uint32_t kCfgqMaxRecords = 4;  // PspTxSa per buffer

// ConfigQueueDescriptor::flags, as kMbxFlag*: DD 0, CMP 1, ERR 2, RD 10, BUF 12.

enum class ConfigQueueOpcode : uint16_t {
  kNone = 0,
  kSaAdd = kPspCfgqOpcodeBase + 0,
  kSaDel = kPspCfgqOpcodeBase + 1,
  kSaUpdateIv = kPspCfgqOpcodeBase + 2,
  kSaQuery = kPspCfgqOpcodeBase + 3,  // returns no key
  kSaFence = kPspCfgqOpcodeBase + 4,  // completes after all earlier commands
};

enum class ConfigQueueStatus : uint16_t {
  kOk = 0,
  kBadOpcode = 1,
  kExists = 2,
  kNoSpace = 4,
  kOutOfRange = 5,
  kCompletionError = 6,
  kNotFound = 8,
  kBadVersion = 0x20,
  kTagMismatch = 0x21,
  kBusy = 0x22,
  kBadKeyLen = 0x23,
};

// Whether the command is answered on the Rx config queue.
enum class ConfigQueueResponse : uint8_t { kNone = 0, kOnError = 1, kAlways = 2 };

struct ConfigQueueDescriptor {
  uint16_t flags = 0;
  ConfigQueueOpcode opcode = ConfigQueueOpcode::kNone;
  uint16_t datalen = 0;                                       // bytes: 64 a record, 0 for the direct forms
  ConfigQueueStatus status = ConfigQueueStatus::kOk;          // after completion
  uint64_t cookie = 0;                                        // echoed
  uint16_t vport = 0;                                         // 11 bits
  ConfigQueueResponse response = ConfigQueueResponse::kNone;  // 2 bits
  uint8_t num_records = 0;                                    // 3 bits, 1..4
  uint16_t sa_tag = 0;                                        // direct SA_DEL
  uint32_t addr_high = 0;                                     // buffer address; direct forms: sa_idx
  uint32_t addr_low = 0;  // buffer address; direct SA_UPDATE_IV: low half of the IV

  uint64_t address() const { return uint64_t{addr_high} << 32 | addr_low; }
  void set_address(uint64_t address) {
    addr_high = static_cast<uint32_t>(address >> 32);
    addr_low = static_cast<uint32_t>(address);
  }

  // Fields are cut to their widths.
  void encode(std::span<uint8_t, kCfgqDescriptorBytes> out) const {
    net::store_le16(&out[0], flags);
    net::store_le16(&out[2], static_cast<uint16_t>(opcode));
    net::store_le16(&out[4], datalen);
    net::store_le16(&out[6], static_cast<uint16_t>(status));
    net::store_le64(&out[8], cookie);
    const uint32_t context =
        (vport & 0x7FFu) | (static_cast<uint32_t>(response) & 3u) << 22 | (num_records & 7u) << 24;
    net::store_le32(&out[16], context);
    net::store_le32(&out[20], sa_tag);
    net::store_le32(&out[24], addr_high);
    net::store_le32(&out[28], addr_low);
  }

  static ConfigQueueDescriptor decode(std::span<const uint8_t, kCfgqDescriptorBytes> in) {
    const uint32_t context = net::load_le32(&in[16]);
    return {.flags = net::load_le16(&in[0]),
            .opcode = ConfigQueueOpcode{net::load_le16(&in[2])},
            .datalen = net::load_le16(&in[4]),
            .status = ConfigQueueStatus{net::load_le16(&in[6])},
            .cookie = net::load_le64(&in[8]),
            .vport = static_cast<uint16_t>(context & 0x7FF),
            .response = ConfigQueueResponse{static_cast<uint8_t>(context >> 22 & 3)},
            .num_records = static_cast<uint8_t>(context >> 24 & 7),
            .sa_tag = net::load_le16(&in[20]),
            .addr_high = net::load_le32(&in[24]),
            .addr_low = net::load_le32(&in[28])};
  }

  bool operator==(const ConfigQueueDescriptor&) const = default;
};

}  // namespace pspnic::idpf
