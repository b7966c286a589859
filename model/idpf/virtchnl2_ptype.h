// SPDX-License-Identifier: Apache-2.0
// virtchnl2 GET_PTYPE_INFO: a header, then entries of varying length packed back to back, each a 6-byte head
// and `proto_id_count` 16-bit protocol ids.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "model/idpf/psp_numbers.h"
#include "model/idpf/wire.h"

namespace pspnic::idpf {

// Protocol ids of the drivers' header; the specification's own table differs above 30.
inline constexpr uint16_t kProtocolMac = 2;
inline constexpr uint16_t kProtocolVlan = 5;
inline constexpr uint16_t kProtocolArp = 14;
inline constexpr uint16_t kProtocolIpv4 = 19;
inline constexpr uint16_t kProtocolIpv4Frag = 20;
inline constexpr uint16_t kProtocolIpv6 = 21;
inline constexpr uint16_t kProtocolIpv6Frag = 22;
inline constexpr uint16_t kProtocolUdp = 24;
inline constexpr uint16_t kProtocolTcp = 25;
inline constexpr uint16_t kProtocolSctp = 26;
inline constexpr uint16_t kProtocolIcmp = 27;
inline constexpr uint16_t kProtocolIcmpv6 = 28;
inline constexpr uint16_t kProtocolAh = 30;
inline constexpr uint16_t kProtocolEsp = 31;
inline constexpr uint16_t kProtocolPay = 34;  // payload; Linux derives the checksum layer from its presence
inline constexpr uint16_t kProtocolGre = 49;
inline constexpr uint16_t kProtocolVxlan = 51;
inline constexpr uint16_t kProtocolGeneve = 53;
inline constexpr uint16_t kProtocolNone = 65535;

// Request and reply header. In the reply num_ptypes counts the entries behind it.
struct GetPtypeInfo {
  uint16_t start_ptype_id = 0;
  uint16_t num_ptypes = 0;
  uint32_t reserved = 0;
};
static_assert(WireStruct<GetPtypeInfo> && sizeof(GetPtypeInfo) == 8);

struct PtypeEntryHead {
  uint16_t ptype_id_10 = 0;  // split queues, 0..1023; kPtypeTerminator ends the list
  uint8_t ptype_id_8 = 0;    // single queues
  uint8_t proto_id_count = 0;
  uint16_t reserved = 0;
};
static_assert(WireStruct<PtypeEntryHead> && sizeof(PtypeEntryHead) == 6);

inline constexpr uint16_t kPtypeTerminator = 0xFFFF;  // with proto_id_count 0, and only as the last entry
inline constexpr size_t kMaxPtypes = 1024;            // sum of num_ptypes over all replies

constexpr size_t ptype_entry_size(size_t proto_id_count) {
  return sizeof(PtypeEntryHead) + 2 * proto_id_count;
}

// Writes one entry at `offset` and moves `offset` behind it; false, with nothing changed, if it does not fit
// or has more than 255 protocols.
[[nodiscard]] inline bool append_ptype_entry(std::span<uint8_t> message, size_t& offset, uint16_t ptype_id_10,
                                             uint8_t ptype_id_8, std::span<const uint16_t> protocols) {
  const size_t size = ptype_entry_size(protocols.size());
  if (protocols.size() > 255 || offset > message.size() || message.size() - offset < size) return false;
  const PtypeEntryHead head{.ptype_id_10 = ptype_id_10,
                            .ptype_id_8 = ptype_id_8,
                            .proto_id_count = static_cast<uint8_t>(protocols.size())};
  if (!write_at(message, offset, head)) return false;
  offset += sizeof(head);
  for (const uint16_t protocol : protocols) {
    if (!write_at(message, offset, protocol)) return false;
    offset += sizeof(protocol);
  }
  return true;
}

// The terminator.
[[nodiscard]] inline bool append_ptype_terminator(std::span<uint8_t> message, size_t& offset) {
  return append_ptype_entry(message, offset, kPtypeTerminator, 0, {});
}

}  // namespace pspnic::idpf
