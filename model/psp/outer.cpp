// SPDX-License-Identifier: Apache-2.0
#include "model/psp/outer.h"

#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/udp.h"
#include "model/psp/header.h"

namespace pspnic::psp {
namespace {

bool port_is_psp(std::span<const uint8_t> frame, uint32_t udp_offset) {
  const size_t port_end = udp_offset + net::kUdpDestinationPortOffset + 2;
  return port_end <= frame.size() && net::udp_destination_port(frame.data() + udp_offset) == kUdpPort;
}

void find_ipv4(std::span<const uint8_t> frame, Outer& outer) {
  const uint8_t* ip = frame.data() + outer.l3_offset;
  const size_t header = net::ipv4_header_bytes(ip);
  if (net::ip_version(ip) != 4 || header < net::kIpv4HeaderBytes) return;
  if (net::ipv4_protocol(ip) != net::kProtocolUdp) return;
  if ((net::ipv4_fragment_field(ip) & (net::kIpv4MoreFragments | net::kIpv4FragmentMask)) != 0) {
    outer.not_psp = Reason::kFragment;
    return;
  }
  outer.udp_offset = outer.l3_offset + static_cast<uint32_t>(header);
  outer.protocol_offset = outer.l3_offset + static_cast<uint32_t>(net::kIpv4ProtocolOffset);
  outer.ip_end = outer.l3_offset + net::ipv4_total_length(ip);
  if (port_is_psp(frame, outer.udp_offset)) outer.not_psp = Reason::kNone;
}

// UDP behind extension headers. False: there is none, or outer.not_psp says why it is left alone.
bool find_behind_extensions(std::span<const uint8_t> frame, const net::Parsed& parsed, Outer& outer) {
  // The chain has not been walked if the packet is longer than the frame.
  const net::Parsed walked = parsed.error == net::ParseError::kIpLengthBeyondFrame
                                 ? net::parse_ip(frame, outer.l3_offset, net::IpLength::kIgnore)
                                 : parsed;
  if (!walked.ipv6_extension || walked.ip_protocol != net::kProtocolUdp) return false;
  if (!walked.takes_encapsulation()) {
    outer.not_psp = walked.fragment ? Reason::kFragment : Reason::kExtensionHeaders;
    return false;
  }
  if (walked.l4_offset == 0) return false;
  outer.udp_offset = walked.l4_offset;
  outer.protocol_offset = walked.protocol_offset;
  return true;
}

void find_ipv6(std::span<const uint8_t> frame, const net::Parsed& parsed, Outer& outer) {
  const uint8_t* ip = frame.data() + outer.l3_offset;
  if (net::ip_version(ip) != 6) return;
  if (net::ipv6_next_header(ip) == net::kProtocolUdp) {
    outer.udp_offset = outer.l3_offset + static_cast<uint32_t>(net::kIpv6HeaderBytes);
    outer.protocol_offset = outer.l3_offset + static_cast<uint32_t>(net::kIpv6NextHeaderOffset);
  } else if (!find_behind_extensions(frame, parsed, outer)) {
    return;
  }
  outer.v6 = true;
  outer.ip_end =
      outer.l3_offset + static_cast<uint32_t>(net::kIpv6HeaderBytes) + net::ipv6_payload_length(ip);
  if (port_is_psp(frame, outer.udp_offset)) outer.not_psp = Reason::kNone;
}

}  // namespace

Outer find_outer(std::span<const uint8_t> frame, const net::Parsed& parsed) noexcept {
  Outer outer;
  if (!parsed.is_ip()) return outer;
  outer.l3_offset = parsed.l3_offset;
  if (parsed.l3 == net::L3::kIpv4) {
    find_ipv4(frame, outer);
  } else if (parsed.l3 == net::L3::kIpv6) {
    find_ipv6(frame, parsed, outer);
  }
  return outer;
}

}  // namespace pspnic::psp
