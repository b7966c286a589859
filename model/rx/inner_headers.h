// SPDX-License-Identifier: Apache-2.0
// Where the innermost headers of a received packet stand: of a plain packet its own, of an opened PSP packet
// those inside.
#pragma once

#include <cstdint>
#include <span>

#include "model/net/parse.h"

namespace pspnic::rx {

// Offsets from the start of the frame.
struct InnerHeaders {
  uint16_t l3 = 0;        // outermost IP header
  uint16_t udp = 0;       // of PSP; 0: plain
  uint16_t inner_l3 = 0;  // of a tunnel; else as l3
  uint16_t l4 = 0;        // innermost
  uint16_t payload = 0;   // behind the innermost L4 header
  uint32_t end = 0;       // of the innermost payload; padding or ICV may follow
  bool v6 = false;        // outermost
  bool inner_v6 = false;
  net::L4 l4_type = net::L4::kNone;  // kTcp and kUdp: whole, with its header; else kOther, payload is 0
  bool tcp_fragment = false;         // the innermost IP packet is a fragment of a TCP segment
  bool bare = false;  // neither IP options nor extension headers, wherever there is an IP header
  bool ip_checksums_ok = false;

  bool tunnel() const { return inner_l3 != l3; }
};

// `psp`: the frame is an opened PSP packet with its headers on; the ICV may be off. kNone if it is no IP
// packet, or one with a parse error.
InnerHeaders find_inner_headers(std::span<const uint8_t> frame, bool psp) noexcept;

}  // namespace pspnic::rx
