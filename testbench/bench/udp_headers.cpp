// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/udp_headers.h"

#include "model/net/bytes.h"
#include "model/net/checksum.h"

namespace pspnic::bench {

void write_udp_headers(const UdpLink& link, const UdpEnds& ends, std::span<uint8_t> frame) {
  const UdpLayout layout(link.vlan.has_value());
  link.destination.store(frame.data());
  link.source.store(&frame[net::kEthernetSourceOffset]);
  if (link.vlan) {
    net::store_be16(&frame[net::kEtherTypeOffset], net::kEtherTypeVlan);
    net::store_be16(&frame[net::kEtherTypeOffset + 2], *link.vlan);
  }
  net::store_be16(&frame[layout.ip - 2], net::kEtherTypeIpv4);
  net::Ipv4Fields fields;
  fields.total_length = static_cast<uint16_t>(frame.size() - layout.ip);
  fields.fragment = 0;
  fields.protocol = net::kProtocolUdp;
  net::write_ipv4_header(&frame[layout.ip], fields);
  net::write_udp_header(&frame[layout.udp], 0, 0, static_cast<uint16_t>(frame.size() - layout.udp), 0);
  write_udp_ends(ends, &frame[layout.ip]);
}

void write_udp_ends(const UdpEnds& ends, uint8_t* ip) {
  net::store_be32(ip + net::kIpv4SourceOffset, ends.source);
  net::store_be32(ip + net::kIpv4DestinationOffset, ends.destination);
  net::update_ipv4_checksum(ip);
  uint8_t* udp = ip + net::kIpv4HeaderBytes;
  net::store_be16(udp + net::kUdpSourcePortOffset, ends.source_port);
  net::store_be16(udp + net::kUdpDestinationPortOffset, ends.destination_port);
}

}  // namespace pspnic::bench
