// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/model/rx/gro_packets.h"

#include "model/idpf/psp_numbers.h"
#include "testbench/tests/model/rx/byte_list.h"

namespace pspnic::test {

namespace {

using Bytes = std::vector<uint8_t>;

Bytes address(bool v6, uint8_t last) {
  return v6 ? Bytes{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last} : Bytes{10, 0, 0, last};
}

struct Ip {
  bool v6 = false;
  uint8_t tos = 0, ttl = 0, protocol = 0, source = 0;
  uint16_t id = 0;
  bool df = true, more_fragments = false, option = false;
  uint32_t flow_label = 0;
};

Bytes ip_packet(const Ip& ip, const Bytes& content) {
  ByteList list;
  if (ip.v6) {
    list.be32(0x60000000u | uint32_t{ip.tos} << 20 | ip.flow_label);
    list.be16(content.size() + (ip.option ? 8 : 0)).u8(ip.option ? 60 : ip.protocol).u8(ip.ttl);
    list.add(address(true, ip.source)).add(address(true, 2));
    if (ip.option) list.add({ip.protocol, 0, 1, 4, 0, 0, 0, 0});
  } else {
    const size_t header = ip.option ? 24 : 20;
    list.u8(0x40 | header / 4).u8(ip.tos).be16(header + content.size()).be16(ip.id);
    list.be16((ip.df ? 0x4000u : 0u) | (ip.more_fragments ? 0x2000u : 0u)).u8(ip.ttl).u8(ip.protocol).be16(0);
    list.add(address(false, ip.source)).add(address(false, 2));
    if (ip.option) list.add({1, 1, 1, 1});
    list.put16(10, ones_complement(list.bytes));
  }
  return list.add(content).bytes;
}

Bytes tcp_packet(const GroPacket& packet) {
  ByteList tcp;
  const size_t options = (packet.timestamps ? 12 : 0) + packet.other_options.size();
  tcp.be16(packet.source_port).be16(packet.destination_port).be32(packet.sequence).be32(packet.ack);
  tcp.u8((20 + options) / 4 << 4 | packet.reserved).u8(packet.flags).be16(packet.window);
  tcp.be16(0).be16(packet.urgent);
  if (packet.timestamps) tcp.be32(0x0101080a).be32(packet.ts_value).be32(packet.ts_echo);
  tcp.add(packet.other_options).add(packet.payload);
  ByteList covered;
  covered.add(address(packet.v6, packet.source)).add(address(packet.v6, 2)).be32(tcp.bytes.size()).be32(6);
  covered.add(tcp.bytes);
  tcp.put16(16, ones_complement(covered.bytes) ^ (packet.bad_tcp_checksum ? 1 : 0));
  return tcp.bytes;
}

Bytes psp_datagram(const GroPacket& packet, uint8_t next_header, const Bytes& content) {
  ByteList psp;
  psp.u8(next_header).u8((packet.cookie ? 2 : 1) + packet.extension / 8).u8(packet.crypt_offset);
  psp.u8(packet.version << 2 | (packet.cookie ? 2 : 0) | 1).be32(packet.spi);
  psp.be32(packet.iv >> 32).be32(packet.iv & 0xffffffff);
  if (packet.cookie) psp.be32(packet.cookie_value >> 32).be32(packet.cookie_value & 0xffffffff);
  psp.add(Bytes(packet.extension, 6)).add(content).add(Bytes(packet.icv ? 16 : 0, 0));
  ByteList udp;
  udp.be16(packet.udp_source).be16(1000).be16(8 + psp.bytes.size()).be16(packet.udp_checksum);
  return udp.add(psp.bytes).bytes;
}

}  // namespace

size_t GroPacket::psp_offset() const {
  return l3_offset() + ((tunnel ? outer_v6 : v6) ? 40 : 20) + 8;
}

size_t GroPacket::plain_bytes() const {
  return l3_offset() + (v6 ? 40 : 20) + 20 + (timestamps ? 12 : 0) + other_options.size();
}

size_t GroPacket::header_bytes() const {
  const size_t psp_bytes = psp ? 24 + (cookie ? 8 : 0) + extension : 0;
  return plain_bytes() + psp_bytes + (tunnel ? (outer_v6 ? 40 : 20) : 0);
}

GroPacket GroPacket::next(size_t bytes) const {
  GroPacket following = *this;
  following.sequence += static_cast<uint32_t>(payload.size());
  following.iv += 77;
  following.payload.assign(bytes, static_cast<uint8_t>(sequence % 251));
  return following;
}

Bytes build(const GroPacket& packet) {
  const Bytes tcp = tcp_packet(packet);
  Ip ip{packet.v6,        packet.tos,       packet.ttl, 6,
        packet.source,    packet.id,        packet.df,  packet.more_fragments,
        packet.ip_option, packet.flow_label};
  Bytes content;
  bool v6 = packet.v6;
  if (packet.tunnel) {
    v6 = packet.outer_v6;
    const Bytes inner = ip_packet(ip, tcp);
    Ip outer{v6, packet.outer_tos, packet.outer_ttl, 17, packet.outer_source, packet.outer_id};
    content = ip_packet(outer, psp_datagram(packet, packet.v6 ? 41 : 4, inner));
  } else if (packet.psp) {
    ip.protocol = 17;
    content = ip_packet(ip, psp_datagram(packet, 6, tcp));
  } else {
    content = ip_packet(ip, tcp);
  }
  if (packet.bad_ip_checksum && !v6) content[10] ^= 1;
  ByteList frame;
  frame.add({2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, packet.source_mac});
  if (packet.vlan != 0) frame.be16(0x8100).be16(packet.vlan);
  return frame.be16(v6 ? 0x86dd : 0x0800).add(content).bytes;
}

idpf::RxCompletion metadata_of(const GroPacket& packet) {
  idpf::RxCompletion metadata;
  metadata.status1 = idpf::kRxL3l4p;
  if (packet.bad_tcp_checksum) metadata.status1 |= idpf::kRxL4e;
  if (packet.bad_ip_checksum) metadata.status1 |= idpf::kRxIpe;
  metadata.ptype = packet.v6 ? 92 : 26;
  if (!packet.psp) return metadata;
  metadata.psp_status = idpf::PspRxStatus::kOk;
  metadata.psp_generation = 10;
  metadata.psp_spi = packet.spi;
  metadata.ptype = packet.v6 ? idpf::kPtypeIpv6Psp : idpf::kPtypeIpv4Psp;
  metadata.status2 = idpf::kRxXtrmd4Valid | idpf::kRxXtrmd5Valid;
  return metadata;
}

GroPacket gro_psp_packet(bool v6, bool tunnel, bool outer_v6) {
  GroPacket packet;
  packet.v6 = v6;
  packet.psp = true;
  packet.tunnel = tunnel;
  packet.outer_v6 = outer_v6;
  return packet;
}

std::vector<GroForm> gro_forms() {
  GroPacket v6;
  v6.v6 = true;
  GroPacket vlan;
  vlan.vlan = 5;
  GroPacket cookie = gro_psp_packet(false);
  cookie.cookie = true;
  return {{"plain IPv4", {}},
          {"plain IPv6", v6},
          {"VLAN", vlan},
          {"PSP over IPv4", gro_psp_packet(false)},
          {"PSP over IPv6", gro_psp_packet(true)},
          {"PSP with a cookie", cookie},
          {"tunnel, IPv4 in IPv4", gro_psp_packet(false, true, false)},
          {"tunnel, IPv4 in IPv6", gro_psp_packet(false, true, true)},
          {"tunnel, IPv6 in IPv4", gro_psp_packet(true, true, false)},
          {"tunnel, IPv6 in IPv6", gro_psp_packet(true, true, true)}};
}

}  // namespace pspnic::test
