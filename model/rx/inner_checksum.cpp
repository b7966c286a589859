// SPDX-License-Identifier: Apache-2.0
#include "model/rx/inner_checksum.h"

#include "model/net/bytes.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"
#include "model/psp/header.h"

namespace pspnic::rx {

using net::L4Checksum;

L4Checksum check_inner_checksum(std::span<const uint8_t> frame, const net::Parsed& outer) noexcept {
  const uint8_t* header = &frame[outer.payload_offset];
  const uint8_t protocol = psp::next_header_field(header);
  const size_t begin = outer.payload_offset + psp::header_bytes(header);
  const size_t end = outer.ip_end - psp::kIcvBytes;
  if (psp::is_tunnel(protocol)) {
    const std::span<const uint8_t> inner = frame.first(end);
    return net::check_l4_checksum(inner, net::parse_ip(inner, begin));
  }
  const bool tcp = protocol == net::kProtocolTcp;
  const bool udp = protocol == net::kProtocolUdp;
  const size_t least = tcp ? net::kTcpHeaderBytes : net::kUdpHeaderBytes;
  if ((!tcp && !udp) || end < begin + least) return L4Checksum::kNotChecked;
  if (udp && net::load_be16(&frame[begin + net::kUdpChecksumOffset]) == 0) return L4Checksum::kAbsent;
  const auto bytes = static_cast<uint32_t>(end - begin);
  const uint64_t pseudo = net::pseudo_header_sum(frame, outer, protocol, bytes);
  const bool good = net::checksum_fold(net::checksum_add(frame.subspan(begin, bytes), pseudo)) == 0xffff;
  return good ? L4Checksum::kGood : L4Checksum::kBad;
}

}  // namespace pspnic::rx
