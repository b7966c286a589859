// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/testbench/host/frames.h"

#include "model/net/ethernet.h"
#include "model/net/parse.h"

namespace pspnic::host::test {

std::vector<uint8_t> tcp_frame(size_t payload_bytes, bool v6) {
  const size_t ip_bytes = v6 ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes;
  const size_t l4 = net::kEthernetHeaderBytes + ip_bytes;
  std::vector<uint8_t> frame(l4 + net::kTcpHeaderBytes + payload_bytes);
  for (size_t i = 0; i < payload_bytes; ++i) frame[l4 + net::kTcpHeaderBytes + i] = static_cast<uint8_t>(i);
  frame[0] = frame[6] = 2;
  net::store_be16(&frame[net::kEtherTypeOffset], v6 ? net::kEtherTypeIpv6 : net::kEtherTypeIpv4);
  const auto length = static_cast<uint16_t>(net::kTcpHeaderBytes + payload_bytes);
  uint8_t* ip = &frame[net::kEthernetHeaderBytes];
  if (v6) {
    net::Ipv6Fields fields;
    fields.source[15] = 1;
    fields.destination[15] = 2;
    fields.payload_length = length;
    fields.next_header = net::kProtocolTcp;
    net::write_ipv6_header(ip, fields);
  } else {
    net::Ipv4Fields fields;
    fields.source = 0x0a00'0001;
    fields.destination = 0x0a00'0002;
    fields.total_length = static_cast<uint16_t>(net::kIpv4HeaderBytes + length);
    fields.protocol = net::kProtocolTcp;
    net::write_ipv4_header(ip, fields);
  }
  net::TcpFields tcp;
  tcp.source_port = 40001;
  tcp.destination_port = 443;
  tcp.sequence = 0x0102'0304;
  net::write_tcp_header(&frame[l4], tcp);
  net::update_l4_checksum(frame, net::parse_frame(frame));
  return frame;
}

}  // namespace pspnic::host::test
