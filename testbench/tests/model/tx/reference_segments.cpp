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

// Each extension header has 16 bytes: one option that is padding, or a routing header without segments left.
constexpr size_t kExtensionBytes = 16;

size_t ip_header_bytes(bool v6, const Bytes& options, const Bytes& extensions) {
  return v6 ? 40 + kExtensionBytes * extensions.size() : 20 + options.size();
}

Bytes extension_chain(const Bytes& types, uint8_t protocol) {
  Bytes chain;
  for (size_t i = 0; i < types.size(); ++i) {
    const uint8_t next = i + 1 < types.size() ? types[i + 1] : protocol;
    const bool routing = types[i] == 43;
    append(chain, {next, 1, static_cast<uint8_t>(routing ? 253 : 1), static_cast<uint8_t>(routing ? 0 : 12)});
    append(chain, Bytes(12, routing ? uint8_t{7} : uint8_t{0}));
  }
  return chain;
}

Bytes ip_header(bool v6, uint8_t protocol, const Bytes& options, const Bytes& extensions,
                size_t payload_bytes, size_t id) {
  Bytes header;
  if (v6) {
    header = be32(0x60012345);
    append(header, be16(kExtensionBytes * extensions.size() + payload_bytes));
    append(header, {extensions.empty() ? protocol : extensions[0], 63});
  } else {
    header = {static_cast<uint8_t>(0x45 + options.size() / 4), 0};
    append(header, be16(20 + options.size() + payload_bytes));
    append(header, be16(id & 0xffff));
    append(header, {0x40, 0, 61, protocol, 0, 0});
  }
  append(header, source(v6));
  append(header, destination(v6));
  if (v6) {
    append(header, extension_chain(extensions, protocol));
  } else {
    append(header, options);
    const Bytes sum = be16(checksum(header));
    std::copy(sum.begin(), sum.end(), header.begin() + 10);
  }
  return header;
}

void store_l4_checksum(Bytes& l4, bool v6, uint8_t protocol, size_t at) {
  Bytes covered = source(v6);
  append(covered, destination(v6));
  append(covered, be32(l4.size()));
  append(covered, be32(protocol));
  append(covered, l4);
  uint16_t sum = checksum(covered);
  if (sum == 0 && protocol == 17) sum = 0xffff;
  const Bytes bytes = be16(sum);
  std::copy(bytes.begin(), bytes.end(), l4.begin() + static_cast<ptrdiff_t>(at));
}

Bytes udp_packet(bool v6, const Bytes& content) {
  Bytes udp = be16(40001);
  append(udp, be16(443));
  append(udp, be16(8 + content.size()));
  append(udp, be16(0));
  append(udp, content);
  store_l4_checksum(udp, v6, 17, 6);
  return udp;
}

Bytes tcp_packet(const TcpFlow& flow, bool v6, const Bytes& content, size_t offset, bool first, bool last) {
  Bytes tcp = be16(40001);
  append(tcp, be16(443));
  append(tcp, be32(flow.sequence + static_cast<uint32_t>(offset)));
  append(tcp, be32(0x11223344));
  uint8_t flags = flow.flags;
  if (!last) flags &= 0xf6;   // without PSH and FIN
  if (!first) flags &= 0x7f;  // without CWR
  append(tcp, {static_cast<uint8_t>((20 + flow.tcp_options.size()) / 4 << 4), flags, 1, 2, 0, 0, 0, 0});
  append(tcp, flow.tcp_options);
  append(tcp, content);
  store_l4_checksum(tcp, v6, 6, 16);
  return tcp;
}

size_t psp_header_bytes(const TcpFlow& flow) {
  return 16 + (flow.vc ? 8 : 0) + flow.psp_extension.size();
}

Bytes psp_packet(const TcpFlow& flow, uint8_t next_header, const Bytes& content) {
  Bytes psp = {next_header, static_cast<uint8_t>(psp_header_bytes(flow) / 8 - 1), flow.crypt_offset,
               static_cast<uint8_t>(flow.sample_bits | flow.version << 2 | (flow.vc ? 2 : 0) | 1)};
  append(psp, be32(flow.spi));
  append(psp, Bytes(8, 0));
  if (flow.vc) append(psp, {1, 2, 3, 4, 5, 6, 7, 8});
  append(psp, flow.psp_extension);
  append(psp, content);
  if (flow.icv_room) append(psp, Bytes(16, 0));
  return psp;
}

size_t outer_header_bytes(const TcpFlow& flow) {
  return ip_header_bytes(flow.outer_v6, flow.ip_options, flow.ip_extensions);
}

size_t inner_header_bytes(const TcpFlow& flow) {
  return flow.tunnel ? ip_header_bytes(flow.inner_v6, flow.inner_options, flow.inner_extensions) : 0;
}

size_t l4_header_bytes(const TcpFlow& flow) {
  return flow.udp ? 8 : 20 + flow.tcp_options.size();
}

}  // namespace

size_t TcpFlow::psp_offset() const {
  return 14 + 4 * vlan_tags + outer_header_bytes(*this) + 8;
}

size_t TcpFlow::header_bytes() const {
  if (!psp) return 14 + 4 * vlan_tags + outer_header_bytes(*this) + l4_header_bytes(*this);
  return psp_offset() + psp_header_bytes(*this) + inner_header_bytes(*this) + l4_header_bytes(*this);
}

Bytes segment(const TcpFlow& flow, const Bytes& payload, uint32_t index, size_t offset, size_t length,
              bool first, bool last) {
  const bool v6 = flow.tunnel ? flow.inner_v6 : flow.outer_v6;
  const auto begin = payload.begin() + static_cast<ptrdiff_t>(offset);
  Bytes content(begin, begin + static_cast<ptrdiff_t>(length));
  content = flow.udp ? udp_packet(v6, content) : tcp_packet(flow, v6, content, offset, first, last);
  uint8_t protocol = flow.udp ? 17 : 6;
  if (flow.tunnel) {
    Bytes inner = ip_header(v6, protocol, flow.inner_options, flow.inner_extensions, content.size(),
                            flow.inner_ip_id + index);
    append(inner, content);
    content = inner;
    protocol = v6 ? 41 : 4;
  }
  if (flow.psp) {
    content = psp_packet(flow, protocol, content);
    Bytes udp = be16(0xc123);
    append(udp, be16(1000));
    append(udp, be16(8 + content.size()));
    append(udp, be16(0));
    append(udp, content);
    content = udp;
    protocol = 17;
  }
  Bytes frame = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
  for (unsigned i = flow.vlan_tags; i > 0; --i) {
    append(frame, be16(i == 2 ? 0x88a8 : 0x8100));
    append(frame, {0x20, 5});
  }
  append(frame, be16(flow.outer_v6 ? 0x86dd : 0x0800));
  append(frame, ip_header(flow.outer_v6, protocol, flow.ip_options, flow.ip_extensions, content.size(),
                          flow.ip_id + index));
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
  if (flow.tunnel) spoil_ip(flow.psp_offset() + psp_header_bytes(flow), flow.inner_v6);
  const size_t l4 = flow.header_bytes() - l4_header_bytes(flow);
  if (flow.udp) {
    spoil(l4 + 4, {0, 9, 0xde, 0xad});
  } else {
    spoil(l4 + 16, {0xde, 0xad});
  }
  return frame;
}

}  // namespace pspnic::test
