// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "model/net/checksum.h"
#include "model/net/ethernet.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/udp.h"
#include "model/psp/encapsulate.h"
#include "model/psp/outer.h"

namespace pspnic::psp {
namespace {

// What is left after the PSP part is gone; offsets from the start of the frame.
struct Payload {
  bool valid = false;
  uint8_t next_header = 0;
  size_t begin = 0;
  size_t end = 0;
};

Payload find_payload(std::span<const uint8_t> frame, const Outer& outer, IcvState icv) {
  const size_t icv_in_lengths = icv == IcvState::kStripped ? 0 : kIcvBytes;
  const size_t icv_in_frame = icv == IcvState::kInFrame ? kIcvBytes : 0;
  const size_t psp = outer.udp_offset + net::kUdpHeaderBytes;
  if (outer.ip_end < psp + kHeaderBytes + icv_in_lengths) return {};
  Payload payload;
  payload.end = outer.ip_end - icv_in_lengths;
  if (payload.end + icv_in_frame > frame.size()) return {};
  if (net::udp_length(frame.data() + outer.udp_offset) != outer.ip_end - outer.udp_offset) return {};
  // Not decode_header(): behind a stripped ICV the cookie may be cut off.
  const size_t header = (frame[psp + 1] + size_t{1}) * 8;
  payload.next_header = frame[psp];
  payload.begin = psp + header;
  payload.valid = header >= kHeaderBytes && payload.begin <= payload.end;
  return payload;
}

bool inner_family_matches(std::span<const uint8_t> frame, const Payload& payload) {
  const bool v6 = payload.next_header == net::kProtocolIpv6;
  const size_t least = v6 ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes;
  if (payload.end - payload.begin < least) return false;
  return net::ip_version(frame.data() + payload.begin) == (v6 ? 6 : 4);
}

// A checksum made afresh would hide that the header had been damaged on its way.
void restore_ipv4(uint8_t* ip, uint8_t protocol, uint16_t total_length) {
  const uint16_t ttl_and_protocol = net::load_be16(ip + net::kIpv4TtlOffset);
  const uint16_t old_length = net::ipv4_total_length(ip);
  net::set_ipv4_protocol(ip, protocol);
  net::set_ipv4_total_length(ip, total_length);
  net::adjust_ipv4_checksum(ip, ttl_and_protocol, net::load_be16(ip + net::kIpv4TtlOffset));
  net::adjust_ipv4_checksum(ip, old_length, total_length);
}

}  // namespace

EncapStatus decapsulate(FrameBuffer& buffer, IcvState icv) noexcept {
  return decapsulate(buffer, net::parse_frame(buffer.frame(), net::IpLength::kIgnore), icv);
}

EncapStatus decapsulate(FrameBuffer& buffer, const net::Parsed& parsed, IcvState icv) noexcept {
  const std::span<uint8_t> frame = buffer.frame();
  const Outer outer = find_outer(frame, parsed);
  switch (outer.not_psp) {
    case Reason::kNone:
      break;
    case Reason::kFragment:
      return EncapStatus::kFragment;
    case Reason::kExtensionHeaders:
      return EncapStatus::kExtensionHeaders;
    default:
      return EncapStatus::kNotPsp;
  }
  const Payload payload = find_payload(frame, outer, icv);
  if (!payload.valid) return EncapStatus::kFraming;
  const bool tunnel = is_tunnel(payload.next_header);
  if (tunnel && !inner_family_matches(frame, payload)) return EncapStatus::kInnerFamily;

  // What stays in front of the payload: MAC header and tags, in transport mode also the IP header.
  const size_t kept = tunnel ? outer.l3_offset : outer.udp_offset;
  const size_t moved = payload.begin - kept;
  std::memmove(frame.data() + moved, frame.data(), kept);
  buffer.end = buffer.begin + payload.end;
  buffer.begin += moved;
  uint8_t* ip = frame.data() + moved + outer.l3_offset;
  const size_t payload_bytes = payload.end - payload.begin;
  if (tunnel) {
    const bool v6 = payload.next_header == net::kProtocolIpv6;
    net::store_be16(ip - 2, v6 ? net::kEtherTypeIpv6 : net::kEtherTypeIpv4);
    return EncapStatus::kOk;
  }
  const size_t ip_bytes = outer.udp_offset - outer.l3_offset + payload_bytes;
  if (outer.v6) {
    frame[moved + outer.protocol_offset] = payload.next_header;
    net::set_ipv6_payload_length(ip, static_cast<uint16_t>(ip_bytes - net::kIpv6HeaderBytes));
  } else {
    restore_ipv4(ip, payload.next_header, static_cast<uint16_t>(ip_bytes));
  }
  return EncapStatus::kOk;
}

}  // namespace pspnic::psp
