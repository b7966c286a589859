// SPDX-License-Identifier: Apache-2.0
#include "model/tx/protect.h"

#include "model/net/flow.h"
#include "model/net/parse.h"
#include "model/psp/encapsulate.h"

namespace pspnic::tx {

namespace {

using flow::Encapsulation;

psp::EncapParams headers_of(const base::Packet& packet, const net::Parsed& parsed, const Encapsulation& how,
                            const crypto::Sa& sa) {
  psp::EncapParams params;
  params.version = sa.version;
  params.spi = sa.spi;
  params.crypt_offset = how.crypt_offset;
  params.sample = how.sample;
  params.drop_after_sample = how.drop_after_sample;
  params.vc = how.vc;
  const auto key = net::FlowKey::from_frame(packet.bytes(), parsed);
  const auto hash = static_cast<uint32_t>(key ? key->hash() >> 32 : 0);
  params.source_port = psp::source_port(hash, how.first_port, how.last_port);
  return params;
}

psp::EncapStatus encapsulate(psp::FrameBuffer& frame, const net::Parsed& parsed, const Encapsulation& how,
                             const psp::EncapParams& params) {
  if (how.mode == Encapsulation::Mode::kTransport) {
    return psp::transport_encapsulate(frame, parsed, params, net::IpLength::kCheck);
  }
  const bool v6 = how.mode == Encapsulation::Mode::kTunnelV6;
  const size_t bytes = v6 ? 16 : 4;
  return psp::tunnel_encapsulate(frame, params,
                                 {.outer_v6 = v6,
                                  .source = std::span(how.source).first(bytes),
                                  .destination = std::span(how.destination).first(bytes),
                                  .ttl = how.ttl,
                                  .traffic_class = how.traffic_class,
                                  .flow_label = how.flow_label});
}

}  // namespace

ProtectedFrame protect(base::Packet& packet, const Encapsulation& how, const crypto::Sa& sa,
                       uint32_t max_frame_bytes) {
  const net::Parsed parsed = net::parse_frame(packet.bytes());
  if (!parsed.is_ip()) return {TransformError::kNotProtected, 0, {}};
  if (parsed.ip_end > max_frame_bytes) return {TransformError::kTooLong, 0, {}};
  if (parsed.ip_end + how.overhead_bytes() > max_frame_bytes) {
    return {TransformError::kProtectedTooLong, 0, {}};
  }
  psp::FrameBuffer frame{packet.room(), packet.begin(), size_t{packet.begin()} + packet.size()};
  const psp::EncapParams params = headers_of(packet, parsed, how, sa);
  if (encapsulate(frame, parsed, how, params) != psp::EncapStatus::kOk) {
    return {TransformError::kNotProtected, 0, {}};
  }
  const net::Parsed outer = net::parse_frame(frame.frame());
  if (!outer.ok() || outer.l4 != net::L4::kUdp || !psp::finish_lengths(frame.frame(), outer)) {
    return {TransformError::kNotProtected, 0, {}};
  }
  packet.place(frame.begin, frame.end + psp::kIcvBytes);
  const psp::Layout layout = psp::layout(packet.bytes().subspan(outer.payload_offset));
  return {layout.valid() ? TransformError::kNone : TransformError::kNotProtected, outer.payload_offset,
          layout};
}

}  // namespace pspnic::tx
