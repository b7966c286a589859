// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/model/tx/reference_segments.h"

#include <algorithm>

namespace pspnic::test {

namespace {

using Bytes = std::vector<uint8_t>;

void append(Bytes& to, const Bytes& from) {
  to.insert(to.end(), from.begin(), from.end());
}
Bytes be16(size_t value) {
  return {static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
}
Bytes be32(size_t value) {
  Bytes bytes = be16(value >> 16 & 0xffff);
  append(bytes, be16(value & 0xffff));
  return bytes;
}

// The complement of the ones' complement sum, one 16-bit word after another.
uint16_t checksum(Bytes bytes) {
  if (bytes.size() % 2 != 0) bytes.push_back(0);
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<uint32_t>(bytes[i] << 8 | bytes[i + 1]);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<uint16_t>(~sum);
}

Bytes source(bool v6) {
  return v6 ? Bytes{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1} : Bytes{10, 0, 0, 1};
}
Bytes destination(bool v6) {
  return v6 ? Bytes{0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2} : Bytes{10, 0, 0, 2};
}

Bytes ip_header(bool v6, uint8_t protocol, size_t payload_bytes, size_t id) {
  Bytes header;
  if (v6) {
    header = be32(0x60012345);
    append(header, be16(payload_bytes));
    append(header, {protocol, 63});
  } else {
    header = be32(0x45000000 | (20 + payload_bytes));
    append(header, be16(id & 0xffff));
    append(header, {0x40, 0, 61, protocol, 0, 0});
  }
  append(header, source(v6));
  append(header, destination(v6));
  if (!v6) {
    const Bytes sum = be16(checksum(header));
    std::copy(sum.begin(), sum.end(), header.begin() + 10);
  }
  return header;
}

Bytes tcp_packet(const TcpFlow& flow, bool v6, const Bytes& payload, size_t offset, size_t length, bool first,
                 bool last) {
  Bytes tcp = be16(40001);
  append(tcp, be16(443));
  append(tcp, be32(flow.sequence + static_cast<uint32_t>(offset)));
  append(tcp, be32(0x11223344));
  uint8_t flags = flow.flags;
  if (!last) flags &= 0xf6;   // without PSH and FIN
  if (!first) flags &= 0x7f;  // without CWR
  append(tcp, {static_cast<uint8_t>((20 + flow.tcp_options.size()) / 4 << 4), flags, 1, 2, 0, 0, 0, 0});
  append(tcp, flow.tcp_options);
  append(tcp, Bytes(payload.begin() + static_cast<ptrdiff_t>(offset),
                    payload.begin() + static_cast<ptrdiff_t>(offset + length)));
  Bytes covered = source(v6);
  append(covered, destination(v6));
  append(covered, be32(tcp.size()));
  append(covered, be32(6));
  append(covered, tcp);
  const Bytes sum = be16(checksum(covered));
  std::copy(sum.begin(), sum.end(), tcp.begin() + 16);
  return tcp;
}

Bytes psp_packet(const TcpFlow& flow, uint8_t next_header, const Bytes& content) {
  Bytes psp = {next_header, static_cast<uint8_t>(flow.vc ? 2 : 1), flow.crypt_offset,
               static_cast<uint8_t>(flow.version << 2 | (flow.vc ? 2 : 0) | 1)};
  append(psp, be32(flow.spi));
  append(psp, Bytes(8, 0));
  if (flow.vc) append(psp, {1, 2, 3, 4, 5, 6, 7, 8});
  append(psp, content);
  if (flow.icv_room) append(psp, Bytes(16, 0));
  return psp;
}

}  // namespace

size_t TcpFlow::psp_offset() const {
  return 14 + 4 * vlan_tags + (outer_v6 ? 40 : 20) + 8;
}

size_t TcpFlow::header_bytes() const {
  const size_t tcp = 20 + tcp_options.size();
  if (!psp) return 14 + 4 * vlan_tags + (outer_v6 ? 40u : 20u) + tcp;
  return psp_offset() + (vc ? 24u : 16u) + (tunnel ? (inner_v6 ? 40u : 20u) : 0u) + tcp;
}

Bytes segment(const TcpFlow& flow, const Bytes& payload, uint32_t index, size_t offset, size_t length,
              bool first, bool last) {
  const bool v6 = flow.tunnel ? flow.inner_v6 : flow.outer_v6;
  Bytes content = tcp_packet(flow, v6, payload, offset, length, first, last);
  uint8_t protocol = 6;
  if (flow.tunnel) {
    Bytes inner = ip_header(v6, 6, content.size(), flow.ip_id + index);
    append(inner, content);
    content = inner;
  }
  if (flow.psp) {
    content = psp_packet(flow, flow.tunnel ? (v6 ? 41 : 4) : 6, content);
    Bytes udp = be16(0xc123);
    append(udp, be16(1000));
    append(udp, be16(8 + content.size()));
    append(udp, be16(0));
    append(udp, content);
    content = udp;
    protocol = 17;
  }
  Bytes frame = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
  for (unsigned i = 0; i < flow.vlan_tags; ++i) append(frame, {0x81, 0, 0x20, 5});
  append(frame, be16(flow.outer_v6 ? 0x86dd : 0x0800));
  append(frame, ip_header(flow.outer_v6, protocol, content.size(), flow.ip_id + index));
  append(frame, content);
  return frame;
}

std::vector<Bytes> segments(const TcpFlow& flow, const Bytes& payload, size_t mss) {
  std::vector<Bytes> all;
  for (size_t offset = 0; offset < payload.size(); offset += mss) {
    const size_t length = std::min(mss, payload.size() - offset);
    all.push_back(segment(flow, payload, static_cast<uint32_t>(all.size()), offset, length, offset == 0,
                          offset + length == payload.size()));
  }
  return all;
}

Bytes tso_template(const TcpFlow& flow, const Bytes& payload) {
  TcpFlow without_room = flow;
  without_room.icv_room = false;
  Bytes frame = segment(without_room, payload, 0, 0, payload.size(), true, true);
  const auto spoil = [&](size_t at, std::initializer_list<uint8_t> bytes) {
    std::copy(bytes.begin(), bytes.end(), frame.begin() + static_cast<ptrdiff_t>(at));
  };
  const auto spoil_ip = [&](size_t at, bool v6) {
    spoil(at + (v6 ? 4 : 2), {0, 0});
    if (!v6) spoil(at + 10, {0xba, 0xad});
  };
  const size_t outer = 14 + 4 * flow.vlan_tags;
  spoil_ip(outer, flow.outer_v6);
  if (flow.psp) spoil(flow.psp_offset() - 4, {0xff, 0xff});
  if (flow.tunnel) spoil_ip(flow.psp_offset() + (flow.vc ? 24 : 16), flow.inner_v6);
  spoil(flow.header_bytes() - flow.tcp_options.size() - 4, {0xde, 0xad});
  return frame;
}

}  // namespace pspnic::test
