// SPDX-License-Identifier: Apache-2.0
// Frames for the tests, put together piece by piece.
#pragma once

#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "model/net/ethernet.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"

namespace pspnic::net::test {

using Bytes = std::vector<uint8_t>;

inline Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

inline Bytes pattern(size_t count, unsigned seed = 0) {
  Bytes bytes(count);
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<uint8_t>(i * 7 + seed);
  return bytes;
}

inline Bytes be16(uint16_t value) {
  return {uint8_t(value >> 8), uint8_t(value)};
}
inline Bytes be32(uint32_t value) {
  return be16(uint16_t(value >> 16)) + be16(uint16_t(value));
}

inline uint32_t ipv4_address(const char* text) {
  in_addr address{};
  if (inet_pton(AF_INET, text, &address) != 1) throw std::string("bad IPv4 address in test");
  return ntohl(address.s_addr);
}

inline std::array<uint8_t, 16> ipv6_address(const char* text) {
  std::array<uint8_t, 16> address{};
  if (inet_pton(AF_INET6, text, address.data()) != 1) throw std::string("bad IPv6 address in test");
  return address;
}

// Ethernet header with the VLAN tags {ether type of the tag, TCI} given.
struct Tag {
  uint16_t ether_type;
  uint16_t tci;
};
inline Bytes ethernet(uint16_t ether_type, std::initializer_list<Tag> tags = {}) {
  Bytes bytes = {0x02, 0, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 2};
  for (const Tag& tag : tags) bytes = bytes + be16(tag.ether_type) + be16(tag.tci);
  return bytes + be16(ether_type);
}

// An IPv4 packet around `content`; options must be a multiple of 4 bytes.
inline Bytes ipv4(uint8_t protocol, const Bytes& content, const Bytes& options = {},
                  uint16_t fragment = kIpv4DontFragment) {
  Bytes header(kIpv4HeaderBytes);
  const size_t header_bytes = kIpv4HeaderBytes + options.size();
  write_ipv4_header(header.data(), {.source = ipv4_address("10.0.0.1"),
                                    .destination = ipv4_address("10.0.0.2"),
                                    .total_length = uint16_t(header_bytes + content.size()),
                                    .id = 0x1234,
                                    .fragment = fragment,
                                    .protocol = protocol});
  header[0] = uint8_t(0x40 | (header_bytes / 4));
  header = header + options;
  header[10] = header[11] = 0;
  uint32_t sum = 0;
  for (size_t i = 0; i < header.size(); i += 2) sum += uint32_t(header[i] << 8 | header[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  header[10] = uint8_t(~sum >> 8);
  header[11] = uint8_t(~sum);
  return header + content;
}

// An IPv6 packet; `content` starts with the header of type `next_header` (extension headers included).
inline Bytes ipv6(uint8_t next_header, const Bytes& content) {
  Bytes header(kIpv6HeaderBytes);
  write_ipv6_header(header.data(), {.source = ipv6_address("fd00::1"),
                                    .destination = ipv6_address("fd00::2"),
                                    .flow_label = 0x12345,
                                    .payload_length = uint16_t(content.size()),
                                    .next_header = next_header});
  return header + content;
}

inline Bytes udp(const Bytes& payload, uint16_t source_port = 40001, uint16_t destination_port = 1000) {
  Bytes header(kUdpHeaderBytes);
  write_udp_header(header.data(), source_port, destination_port, uint16_t(kUdpHeaderBytes + payload.size()),
                   0);
  return header + payload;
}

inline Bytes tcp(const Bytes& payload, const Bytes& options = {}, uint8_t flags = kTcpAck) {
  Bytes header(kTcpHeaderBytes);
  write_tcp_header(header.data(), {.source_port = 40001,
                                   .destination_port = 443,
                                   .sequence = 0xfffff000,
                                   .ack = 0x11223344,
                                   .flags = flags,
                                   .header_bytes = uint8_t(kTcpHeaderBytes + options.size())});
  return header + options + payload;
}

inline Bytes ipv4_frame(uint8_t protocol, const Bytes& content) {
  return ethernet(kEtherTypeIpv4) + ipv4(protocol, content);
}
inline Bytes ipv6_frame(uint8_t next_header, const Bytes& content) {
  return ethernet(kEtherTypeIpv6) + ipv6(next_header, content);
}

}  // namespace pspnic::net::test
