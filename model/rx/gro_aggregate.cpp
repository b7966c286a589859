// SPDX-License-Identifier: Apache-2.0
#include "model/rx/gro_aggregate.h"

#include <cstring>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"

namespace pspnic::rx {

namespace {

constexpr size_t kTimestampEchoOffset = 4;  // from TSval

// The same or later, by the arithmetic of RFC 9293 section 3.4 and RFC 7323 section 5.2.
bool not_before(uint32_t value, uint32_t earlier) {
  return static_cast<int32_t>(value - earlier) >= 0;
}

// Where the headers stand once UDP and PSP headers, and a tunnel's outer IP header, are gone.
InnerHeaders without_psp(const InnerHeaders& at) {
  InnerHeaders plain = at;
  const uint16_t inner_ip = static_cast<uint16_t>(at.tunnel() ? at.l4 - at.inner_l3 : at.udp - at.l3);
  plain.udp = 0;
  plain.inner_l3 = at.l3;
  plain.v6 = at.inner_v6;
  plain.l4 = static_cast<uint16_t>(at.l3 + inner_ip);
  plain.payload = static_cast<uint16_t>(plain.l4 + (at.payload - at.l4));
  return plain;
}

void set_ip_length(uint8_t* ip, bool v6, uint32_t bytes) {
  if (v6) {
    net::set_ipv6_payload_length(ip, static_cast<uint16_t>(bytes - net::kIpv6HeaderBytes));
    return;
  }
  net::set_ipv4_total_length(ip, static_cast<uint16_t>(bytes));
  net::update_ipv4_checksum(ip);
}

}  // namespace

void GroAggregate::open(const GroSegment& segment, const idpf::RxCompletion& metadata) {
  first_ = segment;
  const bool stripped = (metadata.status0 & idpf::kRxPspStripped) != 0;
  at_ = stripped ? without_psp(segment.at) : segment.at;
  timestamps_ = segment.timestamps == 0
                    ? uint16_t{0}
                    : static_cast<uint16_t>(segment.timestamps - segment.at.payload + at_.payload);
  segment_bytes_ = payload_bytes_ = segment.payload_bytes;
  segments_ = 1;
  ack_ = segment.ack;
  ts_value_ = segment.ts_value;
  ts_echo_ = segment.ts_echo;
  payload_sum_ = segment.payload_sum;
  pushed_ = short_ = false;
  ids_stay_ = {};
  psp_status_ = metadata.psp_status;
  psp_generation_ = metadata.psp_generation;
  psp_spi_ = metadata.psp_spi;
  hash_ = metadata.hash;
  status0_ = metadata.status0;
}

bool GroAggregate::ids_follow(const GroSegment& segment) const {
  for (size_t i = 0; i < segment.ip_ids.size(); ++i) {
    const GroIpId& first = first_.ip_ids[i];
    if (!first.present) continue;
    const uint16_t value = segment.ip_ids[i].value;
    const bool stays = first.may_stay && value == first.value && (segments_ == 1 || ids_stay_[i]);
    const bool counts = value == static_cast<uint16_t>(first.value + segments_) && !ids_stay_[i];
    if (!stays && !counts) return false;
  }
  return true;
}

std::optional<GroFlush> GroAggregate::refuses(const GroSegment& segment, const idpf::RxCompletion& metadata,
                                              const GroLimits& limits) const {
  const bool same_origin = metadata.psp_status == psp_status_ && metadata.psp_generation == psp_generation_ &&
                           metadata.psp_spi == psp_spi_ && segment.sealed_by == first_.sealed_by &&
                           metadata.hash == hash_ && metadata.status0 == status0_;
  if (!same_origin || segment.at.payload != first_.at.payload || segment.at.udp != first_.at.udp ||
      segment.timestamps != first_.timestamps ||
      std::memcmp(segment.same.data(), first_.same.data(), first_.at.payload) != 0) {
    return GroFlush::kMismatch;
  }
  if ((segment.flags | net::kTcpPsh) != (first_.flags | net::kTcpPsh)) return GroFlush::kFlags;
  if (segment.sequence != first_.sequence + payload_bytes_ || !not_before(segment.ack, ack_)) {
    return GroFlush::kSequence;
  }
  const bool newer = not_before(segment.ts_value, ts_value_) && not_before(segment.ts_echo, ts_echo_);
  if (!newer || !ids_follow(segment) || segment.payload_bytes > segment_bytes_) return GroFlush::kMismatch;
  if (segments_ >= limits.segments || ip_bytes(payload_bytes_ + segment.payload_bytes) > limits.ip_bytes) {
    return GroFlush::kLimit;
  }
  return std::nullopt;
}

void GroAggregate::add(const GroSegment& segment) {
  // Behind an odd number of bytes a word's halves change places (RFC 1071 section 2 (B)).
  const bool odd = payload_bytes_ % 2 != 0;
  payload_sum_ += odd ? net::swap_bytes(segment.payload_sum) : segment.payload_sum;
  for (size_t i = 0; i < ids_stay_.size(); ++i) {
    ids_stay_[i] = first_.ip_ids[i].present && segment.ip_ids[i].value == first_.ip_ids[i].value;
  }
  payload_bytes_ += segment.payload_bytes;
  ++segments_;
  ack_ = segment.ack;
  ts_value_ = segment.ts_value;
  ts_echo_ = segment.ts_echo;
  pushed_ = (segment.flags & net::kTcpPsh) != 0;
  short_ = segment.payload_bytes < segment_bytes_;
}

std::optional<GroFlush> GroAggregate::ends(const GroLimits& limits) const {
  if (pushed_ || short_) return GroFlush::kPush;
  // Not worth waiting for a shorter one that might fit.
  if (segments_ >= limits.segments || ip_bytes(payload_bytes_ + segment_bytes_) > limits.ip_bytes) {
    return GroFlush::kLimit;
  }
  return std::nullopt;
}

void GroAggregate::finish(std::span<uint8_t> headers) const {
  set_ip_length(&headers[at_.l3], at_.v6, ip_bytes(payload_bytes_));
  if (at_.udp != 0) {
    net::set_udp_length(&headers[at_.udp], static_cast<uint16_t>(at_.payload - at_.udp + payload_bytes_));
  }
  if (at_.tunnel()) {
    set_ip_length(&headers[at_.inner_l3], at_.inner_v6, at_.payload - at_.inner_l3 + payload_bytes_);
  }
  if (timestamps_ != 0) {
    net::store_be32(&headers[timestamps_], ts_value_);
    net::store_be32(&headers[timestamps_ + kTimestampEchoOffset], ts_echo_);
  }
  finish_tcp(&headers[at_.l4], &headers[at_.inner_l3]);
}

void GroAggregate::finish_tcp(uint8_t* tcp, const uint8_t* ip) const {
  net::store_be32(tcp + net::kTcpAckOffset, ack_);
  if (pushed_) net::set_tcp_flags(tcp, net::tcp_flags(tcp) | net::kTcpPsh);
  net::set_tcp_checksum(tcp, 0);
  const uint32_t header = at_.payload - at_.l4;
  const uint32_t l4_bytes = header + payload_bytes_;
  const uint64_t pseudo = at_.inner_v6 ? net::ipv6_pseudo_header_sum(ip, net::kProtocolTcp, l4_bytes)
                                       : net::ipv4_pseudo_header_sum(ip, net::kProtocolTcp, l4_bytes);
  const uint64_t sum = net::checksum_add({tcp, header}, pseudo + payload_sum_);
  net::set_tcp_checksum(tcp, static_cast<uint16_t>(~net::checksum_fold(sum)));
}

}  // namespace pspnic::rx
