// SPDX-License-Identifier: Apache-2.0
#include "model/rx/psp_strip.h"

#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/psp/encapsulate.h"
#include "model/rx/packet_type.h"

namespace pspnic::rx {

namespace {

constexpr uint8_t kEcnMask = 3;
constexpr uint8_t kCongestion = 3;  // RFC 3168

}  // namespace

bool may_strip_psp(std::span<const uint8_t> frame) noexcept {
  const net::Parsed outer = net::parse_frame(frame, net::IpLength::kIgnore);
  if (!psp::is_tunnel(psp::next_header_field(&frame[outer.payload_offset]))) return true;
  const uint8_t* ip = &frame[outer.l3_offset];
  const uint8_t tos = outer.is_v6() ? net::ipv6_traffic_class(ip) : net::ipv4_tos(ip);
  return (tos & kEcnMask) != kCongestion;
}

void strip_psp(base::Packet& packet, idpf::RxCompletion& metadata) noexcept {
  const net::Parsed outer = net::parse_frame(packet.bytes(), net::IpLength::kIgnore);
  psp::FrameBuffer buffer{packet.bytes(), 0, packet.size()};
  const psp::IcvState icv =
      metadata.psp_icv_stripped ? psp::IcvState::kStrippedButCounted : psp::IcvState::kInFrame;
  if (psp::decapsulate(buffer, outer, icv) != psp::EncapStatus::kOk) {
    metadata.status0 &= static_cast<uint8_t>(~idpf::kRxPspStripped);
    return;
  }
  packet.keep(static_cast<uint32_t>(buffer.begin), static_cast<uint32_t>(buffer.end));
  metadata.psp_icv_stripped = true;
  const net::Parsed plain = net::parse_frame(packet.bytes());
  metadata.ptype = packet_type(plain, ptype_l4(plain));
}

}  // namespace pspnic::rx
