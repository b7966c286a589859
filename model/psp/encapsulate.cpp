// SPDX-License-Identifier: Apache-2.0
#include "model/psp/encapsulate.h"

#include <algorithm>
#include <cstring>

#include "model/net/checksum.h"
#include "model/net/ethernet.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/udp.h"

namespace pspnic::psp {
namespace {

constexpr size_t kMaxIpLength = 65535;
constexpr uint8_t kIpv4FirstByte = 0x45;  // version 4, no options

// Faults behind the IP header do not matter: the payload is carried byte for byte.
bool ip_is_well_formed(const net::Parsed& parsed) {
  if (!parsed.is_ip()) return false;
  switch (parsed.error) {
    case net::ParseError::kNone:
    case net::ParseError::kTruncatedL4:
    case net::ParseError::kBadUdpLength:
    case net::ParseError::kBadTcpDataOffset:
      return true;
    default:
      return false;
  }
}

bool params_are_valid(const EncapParams& params) {
  const size_t header = inserted_bytes(params) - net::kUdpHeaderBytes;
  return params.crypt_offset <= kMaxCryptOffset && params.extension.size() % 8 == 0 &&
         header <= kMaxHeaderBytes;
}

// Writes the UDP and PSP headers at `udp`; `payload_bytes` follow them.
void write_udp_and_psp(uint8_t* udp, const EncapParams& params, uint8_t next_header, size_t payload_bytes) {
  const size_t psp_bytes = inserted_bytes(params) - net::kUdpHeaderBytes;
  net::store_be16(udp + net::kUdpSourcePortOffset, params.source_port);
  net::store_be16(udp + net::kUdpDestinationPortOffset, kUdpPort);
  net::set_udp_length(udp, static_cast<uint16_t>(net::kUdpHeaderBytes + psp_bytes + payload_bytes));
  net::set_udp_checksum(udp, 0);
  Header header;
  header.next_header = next_header;
  header.hdr_ext_len = static_cast<uint8_t>(psp_bytes / 8 - 1);
  header.crypt_offset = params.crypt_offset;
  header.version = static_cast<uint8_t>(params.version);
  header.sample = params.sample;
  header.drop_after_sample = params.drop_after_sample;
  header.vc_present = params.vc.has_value();
  header.spi = params.spi;
  header.iv = params.iv;
  header.vc = params.vc.value_or(0);
  uint8_t* psp = udp + net::kUdpHeaderBytes;
  encode_header(header, psp);
  uint8_t* extension = psp + kHeaderBytes + (params.vc ? kVcBytes : 0);
  std::copy(params.extension.begin(), params.extension.end(), extension);
}

// The outer header of tunnel mode; `payload_bytes` follow it.
void write_outer_ipv4(uint8_t* ip, const TunnelParams& outer, size_t payload_bytes) {
  std::memset(ip, 0, net::kIpv4HeaderBytes);
  ip[0] = kIpv4FirstByte;
  ip[net::kIpv4TosOffset] = outer.traffic_class;
  net::set_ipv4_total_length(ip, static_cast<uint16_t>(net::kIpv4HeaderBytes + payload_bytes));
  net::set_ipv4_id(ip, outer.identification);
  net::store_be16(ip + net::kIpv4FragmentOffset, outer.dont_fragment ? net::kIpv4DontFragment : 0);
  ip[net::kIpv4TtlOffset] = outer.ttl;
  net::set_ipv4_protocol(ip, net::kProtocolUdp);
  std::copy(outer.source.begin(), outer.source.end(), ip + net::kIpv4SourceOffset);
  std::copy(outer.destination.begin(), outer.destination.end(), ip + net::kIpv4DestinationOffset);
  net::update_ipv4_checksum(ip);
}

void write_outer_ipv6(uint8_t* ip, const TunnelParams& outer, size_t payload_bytes) {
  constexpr uint32_t kVersion6 = 6u << 28;
  net::store_be32(ip, kVersion6 | (uint32_t{outer.traffic_class} << 20) | (outer.flow_label & 0xfffffu));
  net::set_ipv6_payload_length(ip, static_cast<uint16_t>(payload_bytes));
  net::set_ipv6_next_header(ip, net::kProtocolUdp);
  ip[net::kIpv6HopLimitOffset] = outer.ttl;
  std::copy(outer.source.begin(), outer.source.end(), ip + net::kIpv6SourceOffset);
  std::copy(outer.destination.begin(), outer.destination.end(), ip + net::kIpv6DestinationOffset);
}

// Moves the first `head_bytes` of the frame `grow` bytes into the headroom and gives the frame's new start.
uint8_t* open_gap(FrameBuffer& frame, size_t head_bytes, size_t grow) {
  uint8_t* old_start = frame.buffer.data() + frame.begin;
  frame.begin -= grow;
  uint8_t* start = frame.buffer.data() + frame.begin;
  std::memmove(start, old_start, head_bytes);
  return start;
}

}  // namespace

EncapStatus transport_encapsulate(FrameBuffer& frame, const EncapParams& params,
                                  net::IpLength length) noexcept {
  return transport_encapsulate(frame, net::parse_frame(frame.frame(), length), params, length);
}

EncapStatus transport_encapsulate(FrameBuffer& frame, const net::Parsed& parsed, const EncapParams& params,
                                  net::IpLength length) noexcept {
  if (!ip_is_well_formed(parsed)) return EncapStatus::kNotIp;
  if (parsed.fragment) return EncapStatus::kFragment;
  if (!parsed.takes_encapsulation()) return EncapStatus::kExtensionHeaders;
  if (is_tunnel(parsed.ip_protocol)) return EncapStatus::kIpInIp;
  if (!params_are_valid(params)) return EncapStatus::kBadParameter;
  const size_t grow = inserted_bytes(params);
  const size_t head_bytes = size_t{parsed.l3_offset} + parsed.l3_header_bytes;
  const size_t payload_bytes = parsed.ip_end - head_bytes;
  const size_t ip_bytes = parsed.l3_header_bytes + grow + payload_bytes;
  const size_t counted = parsed.is_v6() ? ip_bytes - net::kIpv6HeaderBytes : ip_bytes;
  if (length == net::IpLength::kCheck && counted > kMaxIpLength) return EncapStatus::kTooLong;
  if (frame.headroom() < grow) return EncapStatus::kNoRoom;

  frame.end = frame.begin + parsed.ip_end;
  uint8_t* start = open_gap(frame, head_bytes, grow);
  uint8_t* ip = start + parsed.l3_offset;
  start[parsed.protocol_offset] = net::kProtocolUdp;
  if (parsed.is_v6()) {
    net::set_ipv6_payload_length(ip, static_cast<uint16_t>(counted));
  } else {
    net::set_ipv4_total_length(ip, static_cast<uint16_t>(counted));
    net::update_ipv4_checksum(ip);
  }
  write_udp_and_psp(start + head_bytes, params, parsed.ip_protocol, payload_bytes);
  return EncapStatus::kOk;
}

EncapStatus tunnel_encapsulate(FrameBuffer& frame, const EncapParams& params, const TunnelParams& outer,
                               net::IpLength length) noexcept {
  return tunnel_encapsulate(frame, net::parse_frame(frame.frame(), length), params, outer, length);
}

EncapStatus tunnel_encapsulate(FrameBuffer& frame, const net::Parsed& parsed, const EncapParams& params,
                               const TunnelParams& outer, net::IpLength length) noexcept {
  if (!ip_is_well_formed(parsed)) return EncapStatus::kNotIp;
  const size_t address_bytes = outer.outer_v6 ? net::kIpv6AddressBytes : net::kIpv4AddressBytes;
  if (!params_are_valid(params) || outer.source.size() != address_bytes ||
      outer.destination.size() != address_bytes) {
    return EncapStatus::kBadParameter;
  }
  const size_t outer_ip_bytes = outer.outer_v6 ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes;
  const size_t grow = outer_ip_bytes + inserted_bytes(params);
  const size_t inner_bytes = parsed.ip_end - parsed.l3_offset;
  const size_t udp_bytes = inserted_bytes(params) + inner_bytes;
  const size_t counted = outer.outer_v6 ? udp_bytes : udp_bytes + outer_ip_bytes;
  if (length == net::IpLength::kCheck && counted > kMaxIpLength) return EncapStatus::kTooLong;
  if (frame.headroom() < grow) return EncapStatus::kNoRoom;

  frame.end = frame.begin + parsed.ip_end;
  uint8_t* start = open_gap(frame, parsed.l3_offset, grow);
  uint8_t* ip = start + parsed.l3_offset;
  net::store_be16(ip - 2, outer.outer_v6 ? net::kEtherTypeIpv6 : net::kEtherTypeIpv4);
  if (outer.outer_v6) {
    write_outer_ipv6(ip, outer, udp_bytes);
  } else {
    write_outer_ipv4(ip, outer, udp_bytes);
  }
  const uint8_t next_header = parsed.is_v6() ? net::kProtocolIpv6 : net::kProtocolIpv4;
  write_udp_and_psp(ip + outer_ip_bytes, params, next_header, inner_bytes);
  return EncapStatus::kOk;
}

bool finish_lengths(std::span<uint8_t> headers, const net::Parsed& parsed) noexcept {
  if (!parsed.is_ip() || parsed.l4_offset == 0 || parsed.ip_protocol != net::kProtocolUdp) return false;
  if (parsed.l4_offset + net::kUdpHeaderBytes > headers.size()) return false;
  uint8_t* ip = headers.data() + parsed.l3_offset;
  uint8_t* udp = headers.data() + parsed.l4_offset;
  const size_t ip_length =
      (parsed.is_v6() ? net::ipv6_payload_length(ip) : net::ipv4_total_length(ip)) + kIcvBytes;
  const size_t udp_length = net::udp_length(udp) + kIcvBytes;
  if (ip_length > kMaxIpLength || udp_length > kMaxIpLength) return false;
  net::set_udp_length(udp, static_cast<uint16_t>(udp_length));
  if (parsed.is_v6()) {
    net::set_ipv6_payload_length(ip, static_cast<uint16_t>(ip_length));
  } else {
    net::set_ipv4_total_length(ip, static_cast<uint16_t>(ip_length));
    net::update_ipv4_checksum(ip);
  }
  return true;
}

EncapStatus append_icv(FrameBuffer& frame) noexcept {
  if (frame.tailroom() < kIcvBytes) return EncapStatus::kNoRoom;
  const net::Parsed parsed = net::parse_frame(frame.frame());
  if (parsed.l4 != net::L4::kUdp || !parsed.ok()) return EncapStatus::kNotPsp;
  if (!finish_lengths(frame.frame(), parsed)) return EncapStatus::kTooLong;
  frame.end = frame.begin + parsed.ip_end + kIcvBytes;
  return EncapStatus::kOk;
}

const char* text(EncapStatus status) noexcept {
  switch (status) {
    case EncapStatus::kOk:
      return "ok";
    case EncapStatus::kNotIp:
      return "no well-formed IP packet";
    case EncapStatus::kFragment:
      return "IP fragment";
    case EncapStatus::kIpInIp:
      return "IP in IP in transport mode";
    case EncapStatus::kExtensionHeaders:
      return "IPv6 extension headers behind which nothing can be put";
    case EncapStatus::kNoRoom:
      return "no room in the buffer";
    case EncapStatus::kTooLong:
      return "IP length above 65535";
    case EncapStatus::kBadParameter:
      return "bad parameter";
    case EncapStatus::kNotPsp:
      return "not UDP to port 1000";
    case EncapStatus::kFraming:
      return "PSP framing";
    case EncapStatus::kInnerFamily:
      return "inner IP version is not what Next Header says";
  }
  return "unknown";
}

}  // namespace pspnic::psp
