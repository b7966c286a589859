// SPDX-License-Identifier: Apache-2.0
#include "model/rx/gro_segment.h"

#include <algorithm>
#include <cstring>

#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"
#include "model/psp/header.h"

namespace pspnic::rx {

namespace {

// TCP options (RFC 9293 section 3.2, RFC 7323 section 3.2).
constexpr uint8_t kOptionEnd = 0;
constexpr uint8_t kOptionNop = 1;
constexpr uint8_t kOptionTimestamps = 8;
constexpr uint8_t kTimestampsBytes = 10;
constexpr uint16_t kTimestampBytes = 4;

constexpr uint8_t kNeverMerged = net::kTcpSyn | net::kTcpFin | net::kTcpRst | net::kTcpUrg | net::kTcpCwr;

GroFlow flow_of(std::span<const uint8_t> frame, const InnerHeaders& at, uint16_t queue) {
  GroFlow flow;
  const uint8_t* ip = &frame[at.inner_l3];
  if (at.inner_v6) {
    std::memcpy(flow.addresses.data(), ip + net::kIpv6SourceOffset, 2 * net::kIpv6AddressBytes);
  } else {
    std::memcpy(flow.addresses.data(), ip + net::kIpv4SourceOffset, 2 * net::kIpv4AddressBytes);
  }
  flow.ports = net::load_be32(&frame[at.l4]);
  flow.queue = queue;
  flow.v6 = at.inner_v6;
  return flow;
}

void zero(GroSegment& segment, size_t offset, size_t bytes) {
  std::memset(&segment.same[offset], 0, bytes);
}

// Length, identification and checksum differ.
void take_ip(GroSegment& segment, std::span<const uint8_t> frame, uint16_t l3, bool v6, GroIpId& id) {
  if (v6) {
    zero(segment, l3 + net::kIpv6PayloadLengthOffset, sizeof(uint16_t));
    return;
  }
  const uint8_t* ip = &frame[l3];
  id = {net::ipv4_id(ip), true, (net::ipv4_fragment_field(ip) & net::kIpv4DontFragment) != 0};
  zero(segment, l3 + net::kIpv4TotalLengthOffset, sizeof(uint16_t));
  zero(segment, l3 + net::kIpv4IdOffset, sizeof(uint16_t));
  zero(segment, l3 + net::kIpv4ChecksumOffset, sizeof(uint16_t));
}

// False: the options are malformed.
bool take_options(GroSegment& segment, std::span<const uint8_t> frame) {
  for (size_t i = segment.at.l4 + net::kTcpHeaderBytes; i < segment.at.payload;) {
    const uint8_t kind = frame[i];
    if (kind == kOptionEnd) return true;
    if (kind == kOptionNop) {
      ++i;
      continue;
    }
    if (i + 1 >= segment.at.payload || frame[i + 1] < 2 || i + frame[i + 1] > segment.at.payload)
      return false;
    if (kind == kOptionTimestamps) {
      if (frame[i + 1] != kTimestampsBytes || segment.timestamps != 0) return false;
      segment.timestamps = static_cast<uint16_t>(i + 2);
      segment.ts_value = net::load_be32(&frame[i + 2]);
      segment.ts_echo = net::load_be32(&frame[i + 2 + kTimestampBytes]);
      zero(segment, i + 2, 2 * kTimestampBytes);
    }
    i += frame[i + 1];
  }
  return true;
}

// The L4 checksum is right, so the payload's sum is what the rest leaves of 0xffff.
uint16_t payload_sum(std::span<const uint8_t> frame, const InnerHeaders& at) {
  const uint8_t* ip = &frame[at.inner_l3];
  const uint32_t l4_bytes = at.end - at.l4;
  const uint64_t pseudo = at.inner_v6 ? net::ipv6_pseudo_header_sum(ip, net::kProtocolTcp, l4_bytes)
                                      : net::ipv4_pseudo_header_sum(ip, net::kProtocolTcp, l4_bytes);
  const uint64_t sum = net::checksum_add(frame.subspan(at.l4, at.payload - at.l4), pseudo);
  return static_cast<uint16_t>(~net::checksum_fold(sum));
}

bool checksums_good(const InnerHeaders& at, const idpf::RxCompletion& metadata) {
  constexpr uint8_t kWrong = idpf::kRxIpe | idpf::kRxL4e | idpf::kRxEipe | idpf::kRxEudpe;
  return (metadata.status1 & idpf::kRxL3l4p) != 0 && (metadata.status1 & kWrong) == 0 && at.ip_checksums_ok;
}

GroSegment& apart(GroSegment& segment, GroFlush why) {
  segment.kind = GroSegment::Kind::kApart;
  segment.why = why;
  return segment;
}

void take_tcp(GroSegment& segment, std::span<const uint8_t> frame) {
  const uint8_t* tcp = &frame[segment.at.l4];
  segment.sequence = net::tcp_sequence(tcp);
  segment.ack = net::tcp_ack(tcp);
  zero(segment, segment.at.l4 + net::kTcpSequenceOffset, sizeof(uint32_t));
  zero(segment, segment.at.l4 + net::kTcpAckOffset, sizeof(uint32_t));
  zero(segment, segment.at.l4 + net::kTcpFlagsOffset, sizeof(uint8_t));
  zero(segment, segment.at.l4 + net::kTcpChecksumOffset, sizeof(uint16_t));
}

}  // namespace

uint32_t GroFlow::hash() const noexcept {
  uint64_t mixed = uint64_t{ports} << 17 ^ uint64_t { queue } << 1 ^ uint64_t { v6 };
  for (size_t i = 0; i < addresses.size(); i += sizeof(uint64_t)) {
    mixed = (mixed ^ net::load_be64(&addresses[i])) * 0x9e3779b97f4a7c15;
    mixed ^= mixed >> 29;
  }
  mixed *= 0xbf58476d1ce4e5b9;
  return static_cast<uint32_t>(mixed >> 32);
}

GroSegment gro_segment(std::span<const uint8_t> frame, const idpf::RxCompletion& metadata, uint16_t queue,
                       const SealedBy& sealed_by) noexcept {
  GroSegment segment;
  segment.sealed_by = sealed_by;
  const bool psp = metadata.psp_status == idpf::PspRxStatus::kOk;
  const InnerHeaders at = segment.at = find_inner_headers(frame, psp);
  if (at.tcp_fragment) {
    segment.kind = GroSegment::Kind::kFragment;
    return segment;
  }
  if (at.l4_type != net::L4::kTcp) return segment;
  segment.flow = flow_of(frame, at, queue);
  segment.flags = net::tcp_flags(&frame[at.l4]);
  if (!checksums_good(at, metadata)) return apart(segment, GroFlush::kChecksum);
  if ((segment.flags & kNeverMerged) != 0 || (segment.flags & net::kTcpAck) == 0) {
    return apart(segment, GroFlush::kFlags);
  }
  segment.payload_bytes = at.end - at.payload;
  if (segment.payload_bytes == 0) return apart(segment, GroFlush::kNoData);
  if (!at.bare || at.payload > segment.same.size()) return apart(segment, GroFlush::kMismatch);

  std::copy_n(frame.begin(), at.payload, segment.same.begin());
  take_ip(segment, frame, at.l3, at.v6, segment.ip_ids[0]);
  if (at.tunnel()) take_ip(segment, frame, at.inner_l3, at.inner_v6, segment.ip_ids[1]);
  if (psp) {
    const size_t header = at.udp + net::kUdpHeaderBytes;
    // A checksum over the datagram would be wrong for the merged one.
    if (net::load_be16(&frame[at.udp + net::kUdpChecksumOffset]) != 0)
      return apart(segment, GroFlush::kMismatch);
    zero(segment, at.udp + net::kUdpLengthOffset, sizeof(uint16_t));
    zero(segment, header + psp::kIvOffset, sizeof(uint64_t));
  }
  take_tcp(segment, frame);
  if (!take_options(segment, frame)) return apart(segment, GroFlush::kMismatch);
  segment.payload_sum = payload_sum(frame, at);
  segment.kind = GroSegment::Kind::kMergeable;
  return segment;
}

}  // namespace pspnic::rx
