// SPDX-License-Identifier: Apache-2.0
// What parse_frame() does not take as IP, a receiver that is less strict, or knows more ways to carry IP, may
// still read as an IP packet. Total, as parse_frame() is.
#pragma once

#include <cstdint>
#include <span>

#include "model/net/parse.h"

namespace pspnic::net {

enum class UnparsedIp : uint8_t {
  kNone,      // no IP, or IP that was parsed
  kPossible,  // an EtherType says IPv4 or IPv6
  kOtherTag   // and it stands behind an outer tag that was not parsed: whose VLAN it is, is not known
};

// Looks for an EtherType of IP behind any number of VLAN tags (0x8100, 0x88a8, and 0x9100, 0x9200 of old
// switches) and in LLC: SNAP (RFC 1042, IEEE 802.1H) or the SAP of IP. `parsed` is parse_frame(frame).
UnparsedIp unparsed_ip(std::span<const uint8_t> frame, const Parsed& parsed) noexcept;

}  // namespace pspnic::net
