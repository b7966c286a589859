// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/stream_headers.h"

#include <algorithm>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"

namespace pspnic::bench {
namespace {

constexpr uint32_t kTimestampOptionBytes = 12;
constexpr uint32_t kTimestampOption = 0x0101080a;  // two no-operations, kind 8, 10 bytes
constexpr uint32_t kExtensionBytes = 8;            // of each extension header
constexpr uint32_t kNetworkV4 = 0xc0000200;        // 192.0.2.0/24, for documentation (RFC 5737)
constexpr uint32_t kNetworkV6 = 0x20010db8;        // 2001:db8::/32 (RFC 3849)
constexpr uint16_t kFirstTag = 0x2064;             // priority 1, VLAN 100

uint32_t tcp_header_bytes(const HeaderParams& params) {
  return net::kTcpHeaderBytes + (params.tcp_timestamps ? kTimestampOptionBytes : 0);
}

uint32_t l4_header_bytes(const HeaderParams& params) {
  return params.udp ? static_cast<uint32_t>(net::kUdpHeaderBytes) : tcp_header_bytes(params);
}

uint32_t ip_header_bytes(const HeaderParams& params) {
  return static_cast<uint32_t>(params.ipv6 ? net::kIpv6HeaderBytes + params.ipv6_extensions * kExtensionBytes
                                           : net::kIpv4HeaderBytes + params.ip_option_words * size_t{4});
}

uint8_t l4_protocol(const HeaderParams& params) {
  return params.udp ? net::kProtocolUdp : net::kProtocolTcp;
}

void write_link(const HeaderParams& params, const StreamEnds& ends, uint8_t* frame) {
  ends.destination.store(frame);
  ends.source.store(frame + net::kEthernetSourceOffset);
  uint8_t* at = frame + net::kEtherTypeOffset;
  for (unsigned tag = params.vlan_tags; tag > 0; --tag) {
    net::store_be16(at, tag == 2 ? net::kEtherTypeServiceVlan : net::kEtherTypeVlan);
    net::store_be16(at + 2, static_cast<uint16_t>(kFirstTag + tag));
    at += net::kVlanTagBytes;
  }
  net::store_be16(at, params.ipv6 ? net::kEtherTypeIpv6 : net::kEtherTypeIpv4);
}

// Behind the fixed header, in the order of RFC 8200: hop-by-hop options, destination options, a routing
// header whose segments have been passed. The options are padding.
void write_extensions(const HeaderParams& params, uint8_t* ip) {
  static constexpr uint8_t kTypes[] = {net::kIpv6HopByHop, net::kIpv6DestinationOptions, net::kIpv6Routing};
  constexpr uint8_t kPadN = 1;
  constexpr uint8_t kExperimentalRouting = 253;  // RFC 4727
  uint8_t* next = ip + net::kIpv6NextHeaderOffset;
  uint8_t* at = ip + net::kIpv6HeaderBytes;
  for (unsigned i = 0; i < params.ipv6_extensions; ++i, at += kExtensionBytes) {
    *next = kTypes[i];
    next = at;
    const bool routing = kTypes[i] == net::kIpv6Routing;
    at[1] = 0;
    at[2] = routing ? kExperimentalRouting : kPadN;
    at[3] = routing ? 0 : kExtensionBytes - 4;
  }
  *next = l4_protocol(params);
}

void write_ipv6(const HeaderParams& params, uint8_t source_host, uint8_t* ip, size_t ip_bytes) {
  net::Ipv6Fields fields;
  net::store_be32(fields.source.data(), kNetworkV6);
  net::store_be32(fields.destination.data(), kNetworkV6);
  fields.source[15] = source_host;
  fields.destination[15] = static_cast<uint8_t>(3 - source_host);
  fields.payload_length = static_cast<uint16_t>(std::min<size_t>(ip_bytes - net::kIpv6HeaderBytes, 65535));
  net::write_ipv6_header(ip, fields);
  write_extensions(params, ip);
}

void write_ipv4(const HeaderParams& params, uint8_t source_host, uint8_t* ip, size_t ip_bytes) {
  constexpr uint8_t kNoOperation = 1;
  net::Ipv4Fields fields;
  fields.source = kNetworkV4 + source_host;
  fields.destination = kNetworkV4 + 3u - source_host;
  fields.total_length = static_cast<uint16_t>(std::min<size_t>(ip_bytes, 65535));
  fields.protocol = l4_protocol(params);
  net::write_ipv4_header(ip, fields);
  ip[0] = static_cast<uint8_t>(ip[0] + params.ip_option_words);
  std::fill_n(ip + net::kIpv4HeaderBytes, params.ip_option_words * 4, kNoOperation);
  net::update_ipv4_checksum(ip);
}

}  // namespace

StreamLayout::StreamLayout(const HeaderParams& params)
    : l3_offset(static_cast<uint32_t>(net::kEthernetHeaderBytes + params.vlan_tags * net::kVlanTagBytes)),
      l4_offset(l3_offset + ip_header_bytes(params)),
      header_bytes(l4_offset + l4_header_bytes(params)) {}

void write_stream_headers(const HeaderParams& params, const StreamEnds& ends, std::span<uint8_t> frame) {
  const StreamLayout layout(params);
  write_link(params, ends, frame.data());
  uint8_t* ip = frame.data() + layout.l3_offset;
  uint8_t* l4 = frame.data() + layout.l4_offset;
  const size_t ip_bytes = frame.size() - layout.l3_offset;
  if (params.ipv6) {
    write_ipv6(params, ends.source_host, ip, ip_bytes);
  } else {
    write_ipv4(params, ends.source_host, ip, ip_bytes);
  }
  if (params.udp) {
    const size_t udp_bytes = std::min<size_t>(frame.size() - layout.l4_offset, 65535);
    net::write_udp_header(l4, ends.source_port, ends.destination_port, static_cast<uint16_t>(udp_bytes), 0);
    return;
  }
  net::write_tcp_header(l4, {.source_port = ends.source_port,
                             .destination_port = ends.destination_port,
                             .header_bytes = static_cast<uint8_t>(tcp_header_bytes(params))});
  if (params.tcp_timestamps) net::store_be32(l4 + net::kTcpHeaderBytes, kTimestampOption);
}

}  // namespace pspnic::bench
