// SPDX-License-Identifier: Apache-2.0
#include "model/net/segment.h"

#include <algorithm>

#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"

namespace pspnic::net {

uint32_t segment_count(uint32_t payload_bytes, uint32_t mss) noexcept {
  if (mss == 0) return 0;
  if (payload_bytes == 0) return 1;
  return (payload_bytes - 1) / mss + 1;
}

SegmentFixup segment_fixup(const SegmentLayout& layout, uint32_t payload_bytes, uint32_t mss,
                           uint32_t index) noexcept {
  SegmentFixup fixup;
  fixup.layout = layout;
  fixup.index = index;
  fixup.payload_offset = index * mss;
  fixup.payload_bytes = std::min(mss, payload_bytes - fixup.payload_offset);
  fixup.first = index == 0;
  fixup.last = fixup.payload_offset + fixup.payload_bytes == payload_bytes;
  return fixup;
}

void fix_ip_lengths(std::span<uint8_t> frame, size_t l3_offset, uint16_t ip_id_increment) noexcept {
  uint8_t* header = frame.data() + l3_offset;
  const size_t ip_bytes = frame.size() - l3_offset;
  if (ip_version(header) == 6) {
    set_ipv6_payload_length(header, static_cast<uint16_t>(ip_bytes - kIpv6HeaderBytes));
    return;
  }
  set_ipv4_total_length(header, static_cast<uint16_t>(ip_bytes));
  set_ipv4_id(header, static_cast<uint16_t>(ipv4_id(header) + ip_id_increment));
  update_ipv4_checksum(header);
}

namespace {

void fix_tcp(uint8_t* tcp, const SegmentFixup& fixup) {
  set_tcp_sequence(tcp, tcp_sequence(tcp) + fixup.payload_offset);
  uint8_t flags = tcp_flags(tcp);
  if (!fixup.last) flags &= static_cast<uint8_t>(~(kTcpFin | kTcpPsh));
  if (!fixup.first) flags &= static_cast<uint8_t>(~kTcpCwr);
  set_tcp_flags(tcp, flags);
}

// Of the datagram that reaches to the end of the frame.
void fill_l4_checksum(std::span<uint8_t> frame, const SegmentLayout& layout) {
  const size_t field = layout.udp ? kUdpChecksumOffset : kTcpChecksumOffset;
  if (layout.payload == Payload::kLengths) {
    return store_be16(&frame[layout.l4_offset + field], kUncomputedChecksum);
  }
  const std::span<const uint8_t> datagram = frame.subspan(layout.l4_offset);
  const uint8_t* ip = frame.data() + layout.l3_offset;
  uint8_t* l4 = frame.data() + layout.l4_offset;
  const uint8_t protocol = layout.udp ? kProtocolUdp : kProtocolTcp;
  const auto l4_bytes = static_cast<uint32_t>(datagram.size());
  const uint64_t pseudo = ip_version(ip) == 6 ? ipv6_pseudo_header_sum(ip, protocol, l4_bytes)
                                              : ipv4_pseudo_header_sum(ip, protocol, l4_bytes);
  store_be16(l4 + field, 0);
  auto checksum = static_cast<uint16_t>(~checksum_fold(checksum_add(datagram, pseudo)));
  if (layout.udp && checksum == 0) checksum = 0xffff;  // 0 says that there is none
  store_be16(l4 + field, checksum);
}

}  // namespace

void fix_segment_headers(std::span<uint8_t> frame, const SegmentFixup& fixup) noexcept {
  const SegmentLayout& layout = fixup.layout;
  fix_ip_lengths(frame, layout.l3_offset, static_cast<uint16_t>(fixup.index * layout.ip_id_step));
  if (layout.udp_offset != 0) {
    set_udp_length(frame.data() + layout.udp_offset, static_cast<uint16_t>(frame.size() - layout.udp_offset));
  }
  uint8_t* l4 = frame.data() + layout.l4_offset;
  if (layout.udp) {
    set_udp_length(l4, static_cast<uint16_t>(frame.size() - layout.l4_offset));
  } else {
    fix_tcp(l4, fixup);
  }
  fill_l4_checksum(frame, layout);
}

}  // namespace pspnic::net
