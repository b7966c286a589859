// SPDX-License-Identifier: Apache-2.0
#include "model/rx/inner_headers.h"

#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"
#include "model/psp/header.h"

namespace pspnic::rx {

namespace {

using net::L4;

bool is_bare(const net::Parsed& parsed) {
  return parsed.l3_header_bytes == (parsed.is_v6() ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes);
}

// Of a packet that is no PSP packet, or the one inside a tunnel.
void take_innermost(const net::Parsed& parsed, InnerHeaders& found) {
  found.inner_l3 = parsed.l3_offset;
  found.inner_v6 = parsed.is_v6();
  found.end = parsed.ip_end;
  found.tcp_fragment = parsed.fragment && parsed.ip_protocol == net::kProtocolTcp;
  const bool known =
      !parsed.fragment && (parsed.l4 == L4::kTcp || parsed.l4 == L4::kUdp) && parsed.l4_header_bytes != 0;
  found.l4_type = known ? parsed.l4 : L4::kOther;
  found.l4 = parsed.l4_offset;
  if (known) found.payload = static_cast<uint16_t>(parsed.l4_offset + parsed.l4_header_bytes);
}

uint32_t claimed_ip_end(std::span<const uint8_t> frame, const net::Parsed& parsed) {
  const uint8_t* ip = &frame[parsed.l3_offset];
  return parsed.l3_offset + (parsed.is_v6() ? uint32_t{net::kIpv6HeaderBytes} + net::ipv6_payload_length(ip)
                                            : net::ipv4_total_length(ip));
}

void take_transport(std::span<const uint8_t> frame, uint32_t begin, uint8_t protocol, InnerHeaders& found) {
  found.inner_l3 = found.l3;
  found.inner_v6 = found.v6;
  found.l4 = static_cast<uint16_t>(begin);
  found.l4_type = L4::kOther;
  const uint32_t bytes = found.end - begin;
  size_t header = 0;
  if (protocol == net::kProtocolTcp && bytes >= net::kTcpHeaderBytes) {
    header = net::tcp_header_bytes(&frame[begin]);
    if (header < net::kTcpHeaderBytes || header > bytes) return;
    found.l4_type = L4::kTcp;
  } else if (protocol == net::kProtocolUdp && bytes >= net::kUdpHeaderBytes) {
    header = net::kUdpHeaderBytes;
    found.l4_type = L4::kUdp;
  }
  if (header != 0) found.payload = static_cast<uint16_t>(begin + header);
}

}  // namespace

InnerHeaders find_inner_headers(std::span<const uint8_t> frame, bool psp) noexcept {
  InnerHeaders found;
  const net::Parsed outer = net::parse_frame(frame, psp ? net::IpLength::kIgnore : net::IpLength::kCheck);
  if (!outer.ok() || !outer.is_ip()) return found;
  found.l3 = outer.l3_offset;
  found.v6 = outer.is_v6();
  found.bare = is_bare(outer);
  found.ip_checksums_ok = outer.ip_checksum_ok;
  if (!psp) {
    take_innermost(outer, found);
    return found;
  }
  found.udp = outer.l4_offset;
  found.end = claimed_ip_end(frame, outer) - static_cast<uint32_t>(psp::kIcvBytes);
  const uint8_t* header = &frame[outer.payload_offset];
  const auto begin = static_cast<uint32_t>(outer.payload_offset + psp::header_bytes(header));
  if (found.end > frame.size() || begin > found.end) return {};  // never of a packet that was opened
  const uint8_t protocol = psp::next_header_field(header);
  if (!psp::is_tunnel(protocol)) {
    take_transport(frame, begin, protocol, found);
    return found;
  }
  const net::Parsed inner = net::parse_ip(frame.first(found.end), begin);
  const bool v6 = protocol == net::kProtocolIpv6;
  if (!inner.ok() || !inner.is_ip() || inner.is_v6() != v6) return {};
  found.bare = found.bare && is_bare(inner) && inner.ip_end == found.end;
  found.ip_checksums_ok = found.ip_checksums_ok && inner.ip_checksum_ok;
  take_innermost(inner, found);
  return found;
}

}  // namespace pspnic::rx
