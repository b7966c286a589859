// SPDX-License-Identifier: Apache-2.0
// Where the outer headers of a PSP frame are. Internal to model/psp.
#pragma once

#include <cstdint>
#include <span>

#include "model/net/parse.h"
#include "model/psp/verdict.h"

namespace pspnic::psp {

// The outer IP and UDP headers, found also when the frame ends before the IP packet does, so that such a
// frame can still be counted as PSP. UDP may stand behind IPv4 options and IPv6 extension headers that take
// encapsulation (net::Parsed). Offsets from the start of the frame.
struct Outer {
  Reason not_psp = Reason::kOtherTraffic;  // kNone: UDP to port 1000, and the rest is valid
  bool v6 = false;
  uint32_t l3_offset = 0;
  uint32_t udp_offset = 0;
  uint32_t protocol_offset = 0;  // of the byte that says UDP
  uint32_t ip_end = 0;           // as the IP header claims: may be beyond the frame or before udp_offset
};

// `parsed` is parse_frame(frame) with any length rule.
Outer find_outer(std::span<const uint8_t> frame, const net::Parsed& parsed) noexcept;

}  // namespace pspnic::psp
