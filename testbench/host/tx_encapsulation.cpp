// SPDX-License-Identifier: Apache-2.0
#include "testbench/host/tx_encapsulation.h"

#include <algorithm>

#include "model/net/flow.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/udp.h"

namespace pspnic::host {
namespace {

constexpr uint16_t kFirstSourcePort = 32768;  // Linux's local port range
constexpr uint16_t kLastSourcePort = 60999;
constexpr size_t kPortsBytes = 4;  // of TCP and UDP, at the beginning of their headers

size_t outer_header_bytes(const PspMode& mode) {
  if (!mode.tunnel) return 0;
  return mode.outer_v6 ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes;
}

size_t psp_header_bytes(const PspMode& mode) {
  return psp::kHeaderBytes + (mode.vc ? psp::kVcBytes : 0) + mode.extension.size();
}

// One port a flow.
uint16_t choose_source_port(const PspMode& mode, uint32_t hash) {
  if (mode.source_ports.empty()) return psp::source_port(hash, kFirstSourcePort, kLastSourcePort);
  return mode.source_ports[(uint64_t{hash} * mode.source_ports.size()) >> 32];
}

// In versions that encrypt nothing the field is reserved: 0. It may not pass the end of the packet; with TSO,
// whose last segment may have next to nothing, that of the headers.
uint8_t choose_crypt_offset(const PspMode& mode, const net::Parsed& parsed, const TxFrame& frame) {
  constexpr size_t kUnit = psp::kCryptOffsetUnitBytes;
  if (psp::is_gmac(frame.version)) return 0;
  const size_t more = psp_header_bytes(mode) - psp::kHeaderBytes;
  const size_t in_front = mode.tunnel ? parsed.l3_header_bytes : 0;
  const size_t begin = mode.tunnel ? parsed.l3_offset : parsed.l3_offset + size_t{parsed.l3_header_bytes};
  const size_t end = frame.tso_mss != 0 ? parsed.payload_offset : parsed.ip_end;
  const bool ports = mode.crypt_offset == PspMode::kExposePorts;
  const size_t wanted = ports ? (more + in_front + kPortsBytes) / kUnit : mode.crypt_offset;
  const size_t most = ports ? std::min<size_t>((more + end - begin) / kUnit, psp::kMaxCryptOffset)
                            : (more + end - begin) / kUnit;
  return static_cast<uint8_t>(std::min(wanted, most));
}

uint32_t flow_hash(const TxFrame& frame, const net::Parsed& parsed) {
  if (frame.flow_hash != 0) return frame.flow_hash;
  const auto flow = net::FlowKey::from_frame(frame.bytes, parsed);
  return flow ? static_cast<uint32_t>(flow->hash() >> 32) : 0;
}

// The inner packet's traffic class, and so its ECN bits (RFC 6040, normal mode); a flow label that stands for
// the flow (RFC 6438).
psp::TunnelParams outer_header(const PspMode& mode, const TxFrame& frame, const net::Parsed& parsed,
                               uint32_t hash, uint16_t identification) {
  constexpr uint32_t kFlowLabelMask = 0xfffff;
  const size_t address_bytes = mode.outer_v6 ? net::kIpv6AddressBytes : net::kIpv4AddressBytes;
  const uint8_t* ip = frame.bytes.data() + parsed.l3_offset;
  psp::TunnelParams outer;
  outer.outer_v6 = mode.outer_v6;
  outer.source = std::span(mode.source).first(address_bytes);
  outer.destination = std::span(mode.destination).first(address_bytes);
  outer.traffic_class = parsed.is_v6() ? net::ipv6_traffic_class(ip) : net::ipv4_tos(ip);
  outer.identification = identification;
  outer.flow_label = hash & kFlowLabelMask;
  return outer;
}

}  // namespace

size_t inserted_bytes(const PspMode& mode) noexcept {
  return outer_header_bytes(mode) + net::kUdpHeaderBytes + psp_header_bytes(mode);
}

size_t psp_offset(const PspMode& mode, const net::Parsed& parsed) noexcept {
  const size_t ip = mode.tunnel ? outer_header_bytes(mode) : parsed.l3_header_bytes;
  return parsed.l3_offset + ip + net::kUdpHeaderBytes;
}

size_t outer_ip_bytes(const PspMode& mode, const net::Parsed& parsed) noexcept {
  return parsed.ip_end - parsed.l3_offset + inserted_bytes(mode) + psp::kIcvBytes;
}

psp::EncapStatus encapsulate(psp::FrameBuffer& buffer, const net::Parsed& parsed, const TxFrame& frame,
                             uint16_t identification, net::IpLength length) noexcept {
  static constexpr PspMode kTransport;
  const PspMode& mode = frame.mode != nullptr ? *frame.mode : kTransport;
  const uint32_t hash = flow_hash(frame, parsed);
  psp::EncapParams params;
  params.version = frame.version;
  params.spi = frame.spi;
  params.crypt_offset = choose_crypt_offset(mode, parsed, frame);
  params.sample = mode.sample;
  params.drop_after_sample = mode.drop_after_sample;
  params.vc = mode.vc;
  params.extension = mode.extension;
  params.source_port = choose_source_port(mode, hash);
  if (!mode.tunnel) return psp::transport_encapsulate(buffer, parsed, params, length);
  return psp::tunnel_encapsulate(buffer, parsed, params,
                                 outer_header(mode, frame, parsed, hash, identification), length);
}

}  // namespace pspnic::host
