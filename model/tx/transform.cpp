// SPDX-License-Identifier: Apache-2.0
#include "model/tx/transform.h"

#include <cstring>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/segment.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"
#include "model/psp/encapsulate.h"
#include "model/psp/header.h"

namespace pspnic::tx {

namespace {

TransformError find_psp(std::span<const uint8_t> frame, const queue::TxJob& job, HeaderMap& map) {
  const net::Parsed& outer = map.outer;
  const size_t at = outer.payload_offset;
  if (!outer.is_ip() || outer.l4 != net::L4::kUdp || outer.l4_header_bytes == 0 ||
      !outer.takes_encapsulation() || net::udp_destination_port(&frame[outer.l4_offset]) != psp::kUdpPort ||
      frame.size() < at + psp::kHeaderBytes) {
    return TransformError::kNoPsp;
  }
  const uint8_t* header = &frame[at];
  const size_t payload = at + psp::header_bytes(header);
  if (psp::check_header_length(header) != psp::Reason::kNone || payload > frame.size()) {
    return TransformError::kPspHeader;
  }
  map.psp_offset = static_cast<uint16_t>(at);
  map.tunnel = psp::is_tunnel(psp::next_header_field(header));
  map.inner_l3_offset = outer.l3_offset;
  map.inner_l4_offset = static_cast<uint16_t>(payload);
  map.inner_protocol = psp::next_header_field(header);
  if (map.tunnel) {
    map.inner_l3_offset = static_cast<uint16_t>(payload);
    map.inner_l4_offset = 0;
    if (!job.tso) return TransformError::kNone;
    const net::Parsed inner = net::parse_ip(frame, payload, net::IpLength::kIgnore);
    if (!inner.ok() || !inner.takes_encapsulation()) return TransformError::kNoL4;
    map.inner_l4_offset = inner.l4_offset;
    map.inner_protocol = inner.ip_protocol;
  }
  return TransformError::kNone;
}

// The L4 header that a TSO frame is cut behind.
TransformError check_segmentation(std::span<const uint8_t> frame, const queue::TxJob& job,
                                  const HeaderMap& map) {
  if (!map.outer.is_ip()) return TransformError::kNoIp;
  const bool whole = job.psp || map.outer.takes_encapsulation();
  const size_t l4 = job.psp ? map.inner_l4_offset : map.outer.l4_offset;
  const uint8_t protocol = job.psp ? map.inner_protocol : map.outer.ip_protocol;
  const bool udp = protocol == net::kProtocolUdp;
  if (!whole || l4 == 0 || (!udp && protocol != net::kProtocolTcp)) return TransformError::kNoL4;
  if (l4 + (udp ? net::kUdpHeaderBytes : net::kTcpHeaderBytes) > frame.size()) return TransformError::kNoL4;
  const size_t bytes = udp ? net::kUdpHeaderBytes : net::tcp_header_bytes(&frame[l4]);
  return l4 + bytes == job.header_bytes ? TransformError::kNone : TransformError::kHeaderLength;
}

net::SegmentLayout segment_layout(const HeaderMap& map, const queue::TxJob& job) {
  if (!job.psp) {
    return {.l3_offset = map.outer.l3_offset,
            .l4_offset = map.outer.l4_offset,
            .udp = map.outer.ip_protocol == net::kProtocolUdp};
  }
  // A tunnel's inner packet is a frame's rest of its own; in transport mode the L4 header belongs to the
  // outer IP.
  return {.l3_offset = map.inner_l3_offset,
          .l4_offset = map.inner_l4_offset,
          .udp = map.inner_protocol == net::kProtocolUdp,
          .udp_offset = map.tunnel ? uint16_t{0} : map.outer.l4_offset};
}

net::SegmentFixup segment_fixup(const HeaderMap& map, const queue::TxJob& job, const Segment& segment,
                                net::Payload payload) {
  net::SegmentLayout layout = segment_layout(map, job);
  layout.payload = payload;
  return net::segment_fixup(layout, segment.payload_bytes, job.mss, segment.index);
}

// Sum of the pseudo header of whatever IP header stands at `l3`.
uint64_t pseudo_sum(const uint8_t* l3, uint8_t protocol, uint32_t bytes) {
  return (l3[0] >> 4) == 6 ? net::ipv6_pseudo_header_sum(l3, protocol, bytes)
                           : net::ipv4_pseudo_header_sum(l3, protocol, bytes);
}

// Fills the checksums asked for of the IP packet inside a tunnel, which ends at `end` or before.
void fill_tunnelled_checksums(std::span<uint8_t> frame, const HeaderMap& map, const queue::TxJob& job,
                              size_t end, net::Payload payload) {
  const std::span<uint8_t> packet = frame.first(end);
  const net::Parsed inner = net::parse_ip(packet, map.inner_l3_offset);
  if (job.l3_checksum && inner.l3 == net::L3::kIpv4 && inner.l4_offset != 0) {
    net::update_ipv4_checksum(packet.data() + inner.l3_offset);
  }
  if (job.l4_checksum) net::update_l4_checksum(packet, inner, payload);
}

// Fills the checksum of a TCP or UDP header inside a PSP packet of transport mode, over [l4, end) or as much
// of it as the UDP length says. One that does not fit leaves it alone, as outside PSP.
void fill_inner_checksum(std::span<uint8_t> frame, const HeaderMap& map, size_t end, net::Payload payload) {
  const bool tcp = map.inner_protocol == net::kProtocolTcp;
  const size_t field = map.inner_l4_offset + (tcp ? 16u : 6u);
  const size_t least = map.inner_l4_offset + (tcp ? 20u : 8u);
  if ((!tcp && map.inner_protocol != net::kProtocolUdp) || map.inner_l4_offset == 0 || end < least) return;
  auto bytes = static_cast<uint32_t>(end - map.inner_l4_offset);
  if (!tcp) {
    const uint16_t length = net::udp_length(&frame[map.inner_l4_offset]);
    if (length < net::kUdpHeaderBytes || length > bytes) return;
    bytes = length;
  }
  if (payload == net::Payload::kLengths) return net::store_be16(&frame[field], net::kUncomputedChecksum);
  net::store_be16(&frame[field], 0);
  const uint64_t sum = pseudo_sum(&frame[map.inner_l3_offset], map.inner_protocol, bytes);
  auto value = static_cast<uint16_t>(
      ~net::checksum_fold(net::checksum_add(frame.subspan(map.inner_l4_offset, bytes), sum)));
  if (value == 0 && !tcp) value = 0xffff;
  net::store_be16(&frame[field], value);
}

// IP length, IPv4 checksum, UDP length and checksum for a packet that reaches to the end of the frame.
void fix_outer_lengths(std::span<uint8_t> frame, const HeaderMap& map, uint32_t segment) {
  net::fix_ip_lengths(frame, map.outer.l3_offset, static_cast<uint16_t>(segment));
  uint8_t* udp = &frame[map.outer.l4_offset];
  net::set_udp_length(udp, static_cast<uint16_t>(frame.size() - map.outer.l4_offset));
  net::set_udp_checksum(udp, 0);  // one over the cleartext would be wrong
}

// The header as the SA wants it, and the layout of the packet behind it.
FinishedFrame check_against_sa(std::span<uint8_t> psp_packet, const queue::TxJob& job, const crypto::Sa& sa) {
  if (psp_packet.size() < psp::kMinPacketBytes) return {TransformError::kPspHeader, {}};
  uint8_t* psp = psp_packet.data();
  if (job.spi_from_sa) {
    net::store_be32(psp + psp::kSpiOffset, sa.spi);
    psp::set_version_field(psp, sa.version);
  }
  const psp::Layout layout = psp::layout(psp_packet);
  const bool fits = net::load_be32(psp + psp::kSpiOffset) == sa.spi &&
                    psp::version_field(psp) == static_cast<uint8_t>(sa.version) &&
                    psp::always_one_field(psp) && layout.valid();
  return {fits ? TransformError::kNone : TransformError::kPspHeader, layout};
}

FinishedFrame finish_psp(base::Packet& packet, const HeaderMap& map, const queue::TxJob& job,
                         const Segment& segment, const crypto::Sa& sa, net::Payload payload) {
  size_t end = packet.size();  // of the payload
  if (!job.append_icv) {
    if (end < map.psp_offset + psp::kMinPacketBytes) return {TransformError::kPspHeader, {}};
    end -= psp::kIcvBytes;
  }
  if (job.tso) {
    net::fix_segment_headers(packet.bytes().first(end), segment_fixup(map, job, segment, payload));
  } else if (map.tunnel) {
    fill_tunnelled_checksums(packet.bytes(), map, job, end, payload);
  } else if (job.l4_checksum) {
    fill_inner_checksum(packet.bytes(), map, end, payload);
  }
  if (job.append_icv) packet.resize(packet.size() + static_cast<uint32_t>(psp::kIcvBytes));
  // Of a transport TSO segment the identification has been counted up already.
  const bool counted = job.tso && !map.tunnel;
  fix_outer_lengths(packet.bytes(), map, counted ? 0 : segment.index);
  return check_against_sa(packet.bytes().subspan(map.psp_offset), job, sa);
}

FinishedFrame finish_plain(base::Packet& packet, const HeaderMap& map, const queue::TxJob& job,
                           const Segment& segment, net::Payload payload) {
  if (job.tso) {
    net::fix_segment_headers(packet.bytes(), segment_fixup(map, job, segment, payload));
    return {};
  }
  if (map.outer.l4_offset == 0) return {};  // no valid IP header
  if (job.l3_checksum && map.outer.l3 == net::L3::kIpv4) {
    net::update_ipv4_checksum(packet.data() + map.outer.l3_offset);
  }
  if (job.l4_checksum) net::update_l4_checksum(packet.bytes(), map.outer, payload);
  return {};
}

}  // namespace

base::DriverRule rule_of(TransformError error) {
  using base::DriverRule;
  switch (error) {
    case TransformError::kNoIp:
      return DriverRule::kTxTsoIp;
    case TransformError::kNoL4:
      return DriverRule::kTxTsoL4;
    case TransformError::kNoSa:
      return DriverRule::kPspSaUnknown;
    case TransformError::kNoPsp:
      return DriverRule::kPspHeaderMissing;
    case TransformError::kPspHeader:
      return DriverRule::kPspHeaderSa;
    case TransformError::kHeaderLength:
      return DriverRule::kTxTsoHeaderEnd;
    case TransformError::kTooLong:
      return DriverRule::kTxFrameMtu;
    case TransformError::kControlFrame:
      return DriverRule::kTxControlFrame;
    default:
      return DriverRule::kCount;
  }
}

TransformError find_headers(std::span<const uint8_t> frame, const queue::TxJob& job, HeaderMap& map) {
  map = {};
  map.outer = net::parse_frame(frame, job.psp || job.tso ? net::IpLength::kIgnore : net::IpLength::kCheck);
  if (job.psp) {
    const TransformError error = find_psp(frame, job, map);
    if (error != TransformError::kNone) return error;
  }
  return job.tso ? check_segmentation(frame, job, map) : TransformError::kNone;
}

FinishedFrame finish_frame(base::Packet& packet, const HeaderMap& map, const queue::TxJob& job,
                           const Segment& segment, const crypto::Sa* sa, net::Payload payload) {
  if (job.psp && sa == nullptr) return {TransformError::kNoSa, {}};
  const FinishedFrame finished = job.psp ? finish_psp(packet, map, job, segment, *sa, payload)
                                         : finish_plain(packet, map, job, segment, payload);
  if (finished.error != TransformError::kNone) return finished;
  if (packet.size() < net::kMinFrameBytes) {
    const uint32_t size = packet.size();
    packet.resize(net::kMinFrameBytes);
    std::memset(packet.data() + size, 0, net::kMinFrameBytes - size);
  }
  return finished;
}

void fill_udp_checksum(std::span<uint8_t> frame, size_t l3_offset, size_t udp_offset, net::Payload payload) {
  uint8_t* udp = &frame[udp_offset];
  if (payload == net::Payload::kLengths) return net::set_udp_checksum(udp, net::kUncomputedChecksum);
  const std::span<const uint8_t> datagram = frame.subspan(udp_offset);
  const uint64_t sum =
      pseudo_sum(&frame[l3_offset], net::kProtocolUdp, static_cast<uint32_t>(datagram.size()));
  net::set_udp_checksum(udp, 0);
  const auto checksum = static_cast<uint16_t>(~net::checksum_fold(net::checksum_add(datagram, sum)));
  net::set_udp_checksum(udp, checksum == 0 ? uint16_t{0xffff} : checksum);
}

}  // namespace pspnic::tx
