// SPDX-License-Identifier: Apache-2.0
#include "model/tx/refusal.h"

#include "model/base/violation.h"
#include "model/net/bytes.h"
#include "model/net/segment.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"
#include "model/psp/header.h"

namespace pspnic::tx {

namespace {

using base::hex;
using Part = Refusal::Part;

std::string ether_type(std::span<const uint8_t> frame) {
  constexpr size_t kAt = net::kEtherTypeOffset;
  return frame.size() < kAt + 2 ? "none" : hex(net::load_be16(&frame[kAt]));
}

Refusal no_l4(const RefusedFrame& refused) {
  const HeaderMap& map = refused.map;
  const bool inner = map.psp_offset != 0;
  if (!inner && !map.outer.takes_encapsulation())
    return {Part::kHeaders, "IP header", "a fragment, or a chain of headers that must stay as it is", {}};
  const uint8_t protocol = inner ? map.inner_protocol : map.outer.ip_protocol;
  return {Part::kHeaders, "IP protocol", std::to_string(protocol), "6 or 17, and its header"};
}

// The L4 header has been found.
Refusal header_end(const RefusedFrame& refused) {
  const bool psp = refused.job.psp;
  const size_t l4 = psp ? refused.map.inner_l4_offset : refused.map.outer.l4_offset;
  const uint8_t protocol = psp ? refused.map.inner_protocol : refused.map.outer.ip_protocol;
  const size_t bytes =
      protocol == net::kProtocolUdp ? net::kUdpHeaderBytes : net::tcp_header_bytes(&refused.frame[l4]);
  return {Part::kContext, "header_length", std::to_string(refused.job.header_bytes),
          std::to_string(l4 + bytes)};
}

Refusal no_psp(const RefusedFrame& refused) {
  const net::Parsed& outer = refused.map.outer;
  if (!outer.is_ip()) return {Part::kHeaders, "EtherType", ether_type(refused.frame), "IPv4 or IPv6"};
  if (outer.l4 != net::L4::kUdp || outer.l4_header_bytes == 0) {
    return {Part::kHeaders, "IP protocol", std::to_string(outer.ip_protocol), "17, and a UDP header"};
  }
  const uint16_t port = net::udp_destination_port(&refused.frame[outer.l4_offset]);
  if (port != psp::kUdpPort) {
    return {Part::kHeaders, "UDP destination port", std::to_string(port), std::to_string(psp::kUdpPort)};
  }
  return {Part::kHeaders, "PSP header", "a fragment, or a packet that ends before it", {}};
}

// The first thing in which the header does not fit.
Refusal psp_header(const RefusedFrame& refused) {
  const size_t at = refused.map.psp_offset != 0 ? refused.map.psp_offset : refused.map.outer.payload_offset;
  if (at == 0 || refused.frame.size() < at + psp::kHeaderBytes) {
    return {Part::kHeaders, "PSP header", "a packet that ends before it", {}};
  }
  const uint8_t* header = &refused.frame[at];
  if (const crypto::Sa* sa = refused.sa; sa != nullptr) {
    const uint32_t spi = net::load_be32(header + psp::kSpiOffset);
    if (spi != sa->spi) return {Part::kHeaders, "SPI", hex(spi), hex(sa->spi)};
    const unsigned version = psp::version_field(header);
    const auto wanted = static_cast<unsigned>(sa->version);
    if (version != wanted)
      return {Part::kHeaders, "Version", std::to_string(version), std::to_string(wanted)};
  }
  if (!psp::always_one_field(header)) return {Part::kHeaders, "bit that is always 1", "0", "1"};
  return {Part::kHeaders, "Hdr Ext Len, Crypt Offset, V",
          std::to_string(psp::hdr_ext_len_field(header)) + ", " +
              std::to_string(psp::crypt_offset_field(header)) + ", " +
              std::to_string(unsigned{psp::vc_present_field(header)}),
          "a header and a beginning in clear that the packet has"};
}

}  // namespace

Refusal explain_refusal(TransformError error, const RefusedFrame& refused) {
  switch (error) {
    case TransformError::kNoIp:
      return {Part::kHeaders, "EtherType", ether_type(refused.frame), "IPv4 or IPv6"};
    case TransformError::kNoL4:
      return no_l4(refused);
    case TransformError::kNoSa:
      return {Part::kContext, "sa_idx", {}, {}};
    case TransformError::kNoPsp:
      return no_psp(refused);
    case TransformError::kPspHeader:
      return psp_header(refused);
    case TransformError::kHeaderLength:
      return header_end(refused);
    case TransformError::kTooLong:
      return {Part::kLast, "buffer_size", "a frame of " + std::to_string(refused.frame.size()) + " bytes",
              "at most " + std::to_string(refused.max_frame_bytes)};
    case TransformError::kControlFrame:
      return {Part::kHeaders, "EtherType", ether_type(refused.frame), {}};
    default:
      return {};
  }
}

}  // namespace pspnic::tx
