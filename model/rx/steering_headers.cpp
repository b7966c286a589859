// SPDX-License-Identifier: Apache-2.0
#include "model/rx/steering_headers.h"

#include "model/net/bytes.h"
#include "model/net/ipv4.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"
#include "model/psp/header.h"

namespace pspnic::rx {

namespace {

constexpr size_t kSctpHeaderBytes = 12;
constexpr uint16_t kNoQueue = 0xffff;

struct Kind {
  net::L4 l4;
  size_t header_bytes;
};

Kind kind_of(uint8_t protocol) {
  switch (protocol) {
    case net::kProtocolTcp:
      return {net::L4::kTcp, net::kTcpHeaderBytes};
    case net::kProtocolUdp:
      return {net::L4::kUdp, net::kUdpHeaderBytes};
    case net::kProtocolSctp:
      return {net::L4::kSctp, kSctpHeaderBytes};
    default:
      return {net::L4::kOther, 0};
  }
}

}  // namespace

net::Parsed inner_headers(std::span<const uint8_t> frame, const net::Parsed& outer) noexcept {
  const uint8_t* header = &frame[outer.payload_offset];
  const uint8_t protocol = psp::next_header_field(header);
  const size_t begin = outer.payload_offset + psp::header_bytes(header);
  if (psp::is_tunnel(protocol)) return net::parse_ip(frame, begin, net::IpLength::kIgnore);
  const Kind kind = kind_of(protocol);
  const bool whole = begin + kind.header_bytes + psp::kIcvBytes <= outer.ip_end;
  net::Parsed inner = outer;
  inner.ip_protocol = protocol;
  inner.l4 = kind.l4;
  inner.l4_offset = static_cast<uint16_t>(begin);
  inner.l4_header_bytes = static_cast<uint16_t>(whole ? kind.header_bytes : 0);
  return inner;
}

std::optional<uint16_t> cookie_queue(std::span<const uint8_t> frame, const net::Parsed& outer) noexcept {
  const uint8_t* header = &frame[outer.payload_offset];
  if (!psp::vc_present_field(header)) return std::nullopt;
  const auto queue = static_cast<uint16_t>(net::load_be64(header + psp::kHeaderBytes));
  return queue == kNoQueue ? std::nullopt : std::optional(queue);
}

}  // namespace pspnic::rx
