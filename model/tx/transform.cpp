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

constexpr uint16_t kUdpDestinationPort = 2;

TransformError find_psp(std::span<const uint8_t> frame, const queue::TxJob& job, HeaderMap& map) {
  const net::Parsed& outer = map.outer;
  const size_t at = outer.payload_offset;
  if (!outer.is_ip() || outer.l4 != net::L4::kUdp || outer.l4_header_bytes == 0 || outer.fragment ||
      outer.ipv6_extension ||
      net::load_be16(&frame[outer.l4_offset + kUdpDestinationPort]) != psp::kUdpPort ||
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
    const net::Parsed inner = net::parse_ip(frame, payload, net::IpLength::kIgnore);
    map.inner_l3_offset = static_cast<uint16_t>(payload);
    map.inner_l4_offset = inner.ok() && !inner.fragment ? inner.l4_offset : uint16_t{0};
    map.inner_protocol = inner.ip_protocol;
  }
  if (job.tso && map.inner_l4_offset == 0) return TransformError::kNoTcp;
  return TransformError::kNone;
}

// Sum of the pseudo header of whatever IP header stands at `l3`.
uint64_t pseudo_sum(const uint8_t* l3, uint8_t protocol, uint32_t bytes) {
  return (l3[0] >> 4) == 6 ? net::ipv6_pseudo_header_sum(l3, protocol, bytes)
                           : net::ipv4_pseudo_header_sum(l3, protocol, bytes);
}

// Fills the checksum of a TCP or UDP header inside a PSP packet, over [l4, end).
void fill_inner_checksum(std::span<uint8_t> frame, const HeaderMap& map, size_t end) {
  const bool tcp = map.inner_protocol == net::kProtocolTcp;
  const size_t field = map.inner_l4_offset + (tcp ? 16u : 6u);
  const size_t least = map.inner_l4_offset + (tcp ? 20u : 8u);
  if ((!tcp && map.inner_protocol != net::kProtocolUdp) || map.inner_l4_offset == 0 || end < least) return;
  net::store_be16(&frame[field], 0);
  const auto bytes = static_cast<uint32_t>(end - map.inner_l4_offset);
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
  net::store_be16(udp + net::kUdpChecksumOffset, 0);  // one over the cleartext would be wrong
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
                         uint32_t segment, uint32_t payload_bytes, const crypto::Sa& sa) {
  size_t end = packet.size();  // of the payload
  if (!job.append_icv) {
    if (end < map.psp_offset + psp::kMinPacketBytes) return {TransformError::kPspHeader, {}};
    end -= psp::kIcvBytes;
  }
  if (job.tso) {
    // A tunnel's inner packet is a frame's rest of its own; in transport mode the TCP header belongs to the
    // outer IP.
    const net::SegmentLayout layout{.l3_offset = map.inner_l3_offset,
                                    .l4_offset = map.inner_l4_offset,
                                    .udp_offset = map.tunnel ? uint16_t{0} : map.outer.l4_offset};
    net::fix_segment_headers(packet.bytes().first(end),
                             net::segment_fixup(layout, payload_bytes, job.mss, segment));
  } else if (job.l4_checksum) {
    fill_inner_checksum(packet.bytes(), map, end);
  }
  if (job.append_icv) packet.resize(packet.size() + static_cast<uint32_t>(psp::kIcvBytes));
  // Of a transport TSO segment the identification has been counted up already.
  const bool counted = job.tso && !map.tunnel;
  fix_outer_lengths(packet.bytes(), map, counted ? 0 : segment);
  return check_against_sa(packet.bytes().subspan(map.psp_offset), job, sa);
}

FinishedFrame finish_plain(base::Packet& packet, const HeaderMap& map, const queue::TxJob& job,
                           uint32_t segment, uint32_t payload_bytes) {
  if (job.tso) {
    const net::SegmentLayout layout{.l3_offset = map.outer.l3_offset, .l4_offset = map.outer.l4_offset};
    net::fix_segment_headers(packet.bytes(), net::segment_fixup(layout, payload_bytes, job.mss, segment));
    return {};
  }
  if (map.outer.l4_offset == 0) return {};  // no valid IP header
  if (job.l3_checksum && map.outer.l3 == net::L3::kIpv4) {
    net::update_ipv4_checksum(packet.data() + map.outer.l3_offset);
  }
  if (job.l4_checksum) net::update_l4_checksum(packet.bytes(), map.outer);
  return {};
}

}  // namespace

const char* text(TransformError error) {
  switch (error) {
    case TransformError::kNone:
      return "none";
    case TransformError::kNoIp:
      return "segmentation needs an IPv4 or IPv6 header";
    case TransformError::kNoTcp:
      return "segmentation needs a TCP header";
    case TransformError::kNoSa:
      return "a PSP context needs a transmit SA";
    case TransformError::kNoPsp:
      return "a PSP context needs UDP to port 1000 and a PSP header behind the IP header";
    case TransformError::kPspHeader:
      return "the PSP header does not fit the SA or the packet";
    case TransformError::kHeaderLength:
      return "the TSO header length must end where the TCP payload begins";
    case TransformError::kTooLong:
      return "the frame is longer than the MTU allows";
    case TransformError::kNotProtected:
      return "PSP cannot go around the frame";
  }
  return "unknown";
}

const char* field(TransformError error) {
  return error == TransformError::kHeaderLength ? "header_length" : "buffer_addr";
}

TransformError find_headers(std::span<const uint8_t> frame, const queue::TxJob& job, HeaderMap& map) {
  map = {};
  map.outer = net::parse_frame(frame, job.psp || job.tso ? net::IpLength::kIgnore : net::IpLength::kCheck);
  if (job.psp) {
    const TransformError error = find_psp(frame, job, map);
    if (error != TransformError::kNone) return error;
  }
  if (!job.tso) return TransformError::kNone;
  if (!map.outer.is_ip()) return TransformError::kNoIp;
  const uint16_t l4 = job.psp ? map.inner_l4_offset : map.outer.l4_offset;
  const uint8_t protocol = job.psp ? map.inner_protocol : map.outer.ip_protocol;
  if (protocol != net::kProtocolTcp || l4 + net::kTcpHeaderBytes > frame.size())
    return TransformError::kNoTcp;
  const size_t tcp_bytes = net::tcp_header_bytes(&frame[l4]);
  return l4 + tcp_bytes == job.header_bytes ? TransformError::kNone : TransformError::kHeaderLength;
}

FinishedFrame finish_frame(base::Packet& packet, const HeaderMap& map, const queue::TxJob& job,
                           uint32_t segment, uint32_t payload_bytes, const crypto::Sa* sa) {
  if (job.psp && sa == nullptr) return {TransformError::kNoSa, {}};
  const FinishedFrame finished = job.psp ? finish_psp(packet, map, job, segment, payload_bytes, *sa)
                                         : finish_plain(packet, map, job, segment, payload_bytes);
  if (finished.error != TransformError::kNone) return finished;
  if (packet.size() < net::kMinFrameBytes) {
    const uint32_t size = packet.size();
    packet.resize(net::kMinFrameBytes);
    std::memset(packet.data() + size, 0, net::kMinFrameBytes - size);
  }
  return finished;
}

}  // namespace pspnic::tx
