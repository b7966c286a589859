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

// They were those of the outer header until now. The host gets the inner one of a tunnel; of the other it
// only learns that it was wrong.
void set_ip_checksums(idpf::RxCompletion& metadata, const net::Parsed& plain, const net::Parsed& outer,
                      bool tunnel) {
  if (!tunnel || (metadata.status1 & idpf::kRxL3l4p) == 0) return;
  metadata.status1 &= static_cast<uint8_t>(~idpf::kRxIpe);
  if (!plain.ip_checksum_ok) metadata.status1 |= idpf::kRxIpe;
  if (!outer.ip_checksum_ok) metadata.status1 |= idpf::kRxEipe;
}

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
  const bool tunnel = psp::is_tunnel(psp::next_header_field(&packet.bytes()[outer.payload_offset]));
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
  set_ip_checksums(metadata, plain, outer, tunnel);
}

}  // namespace pspnic::rx
