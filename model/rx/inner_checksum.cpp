// SPDX-License-Identifier: Apache-2.0
#include "model/rx/inner_checksum.h"

#include "model/net/bytes.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"
#include "model/psp/header.h"

namespace pspnic::rx {

using net::L4Checksum;

L4Checksum check_inner_checksum(std::span<const uint8_t> frame, const net::Parsed& outer,
                                net::Payload payload) noexcept {
  const uint8_t* header = &frame[outer.payload_offset];
  const uint8_t protocol = psp::next_header_field(header);
  const size_t begin = outer.payload_offset + psp::header_bytes(header);
  const size_t end = outer.ip_end - psp::kIcvBytes;
  if (psp::is_tunnel(protocol)) {
    const std::span<const uint8_t> inner = frame.first(end);
    return net::check_l4_checksum(inner, net::parse_ip(inner, begin), payload);
  }
  const bool tcp = protocol == net::kProtocolTcp;
  const bool udp = protocol == net::kProtocolUdp;
  const size_t least = tcp ? net::kTcpHeaderBytes : net::kUdpHeaderBytes;
  if ((!tcp && !udp) || end < begin + least) return L4Checksum::kNotChecked;
  auto bytes = static_cast<uint32_t>(end - begin);
  if (udp) {
    // The datagram may be shorter than what carries it.
    const uint16_t length = net::udp_length(&frame[begin]);
    if (length < net::kUdpHeaderBytes || length > bytes) return L4Checksum::kNotChecked;
    if (net::udp_checksum(&frame[begin]) == 0) return L4Checksum::kAbsent;
    bytes = length;
  }
  if (payload == net::Payload::kLengths) return L4Checksum::kGood;
  const uint64_t pseudo = net::pseudo_header_sum(frame, outer, protocol, bytes);
  const bool good = net::checksum_fold(net::checksum_add(frame.subspan(begin, bytes), pseudo)) == 0xffff;
  return good ? L4Checksum::kGood : L4Checksum::kBad;
}

}  // namespace pspnic::rx
