// SPDX-License-Identifier: Apache-2.0
#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"

namespace pspnic::net {

void write_ipv4_header(uint8_t* header, const Ipv4Fields& fields) noexcept {
  header[0] = 0x45;
  header[kIpv4TosOffset] = fields.tos;
  store_be16(header + kIpv4TotalLengthOffset, fields.total_length);
  store_be16(header + kIpv4IdOffset, fields.id);
  store_be16(header + kIpv4FragmentOffset, fields.fragment);
  header[kIpv4TtlOffset] = fields.ttl;
  header[kIpv4ProtocolOffset] = fields.protocol;
  store_be32(header + kIpv4SourceOffset, fields.source);
  store_be32(header + kIpv4DestinationOffset, fields.destination);
  update_ipv4_checksum(header);
}

void write_ipv6_header(uint8_t* header, const Ipv6Fields& fields) noexcept {
  store_be32(header,
             (uint32_t{6} << 28) | (uint32_t{fields.traffic_class} << 20) | (fields.flow_label & 0xfffff));
  store_be16(header + kIpv6PayloadLengthOffset, fields.payload_length);
  header[kIpv6NextHeaderOffset] = fields.next_header;
  header[kIpv6HopLimitOffset] = fields.hop_limit;
  std::memcpy(header + kIpv6SourceOffset, fields.source.data(), kIpv6AddressBytes);
  std::memcpy(header + kIpv6DestinationOffset, fields.destination.data(), kIpv6AddressBytes);
}

}  // namespace pspnic::net
