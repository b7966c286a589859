// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/stream_direction.h"

#include <algorithm>
#include <cstring>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"

namespace pspnic::bench {

namespace {

constexpr uint16_t kFirstPort = 20000;
constexpr uint16_t kService = 5001;
constexpr size_t kRememberedTimes = 1 << 16;  // more packets than rings, buffers and cable hold
constexpr uint32_t kStampBytes = 8;
constexpr uint32_t kTimestampOptionBytes = 12;

uint32_t tcp_header_bytes(const StreamParams& params) {
  return net::kTcpHeaderBytes + (params.tcp_timestamps ? kTimestampOptionBytes : 0);
}

uint32_t ip_header_bytes(const StreamParams& params) {
  return params.ipv6 ? net::kIpv6HeaderBytes : net::kIpv4HeaderBytes;
}

unsigned packets_per_frame(const StreamParams& params) {
  return static_cast<unsigned>(std::max<uint64_t>(1, params.tso.bytes / params.payload_bytes));
}

// Differs from place to place and from flow to flow, so that no misplaced byte goes unseen.
uint8_t pattern(unsigned flow, uint32_t offset) {
  return static_cast<uint8_t>(offset * 7 + (offset >> 8) * 13 + flow * 31);
}

}  // namespace

uint32_t stream_frame_bytes(const StreamParams& params) {
  return static_cast<uint32_t>(net::kEthernetHeaderBytes) + ip_header_bytes(params) +
         tcp_header_bytes(params) + params.payload_bytes;
}

StreamDirection::StreamDirection(const StreamParams& params, Side from, uint64_t packets)
    : params_(params),
      from_(from),
      header_bytes_(stream_frame_bytes(params) - params.payload_bytes),
      l4_offset_(static_cast<uint32_t>(net::kEthernetHeaderBytes) + ip_header_bytes(params)),
      packets_per_frame_(packets_per_frame(params)),
      to_send_(packets),
      flows_(params.flows),
      sent_at_(kRememberedTimes) {
  outcome_.offered = packets;
}

void StreamDirection::prepare(Platform& platform, KeyLog& keys) {
  platform_ = &platform;
  next_flow_.resize(platform.driver(from_).queue_pairs());
  in_flight_.resize(next_flow_.size());
  for (unsigned queue = 0; queue < next_flow_.size(); ++queue) next_flow_[queue] = queue;
  for (unsigned number = 0; number < flows_.size(); ++number) build(flows_[number], number);
  if (!params_.psp) return;
  const auto links =
      exchange_keys(platform, from_, static_cast<psp::Version>(params_.psp_version), params_.flows, keys);
  for (size_t i = 0; i < flows_.size(); ++i) flows_[i].sa = links[i];
  if (!params_.device_built) return;
  std::vector<host::SaHandle> handles;
  for (const SaLink& link : links) handles.push_back(link.handle);
  if (!platform.driver(from_).let_device_build_headers(handles)) {
    throw host::DriverError("stream.device_built: the card refuses to build headers");
  }
}

void StreamDirection::build(Flow& flow, unsigned number) const {
  flow.frame.assign(header_bytes_ + size_t{packets_per_frame_} * params_.payload_bytes, 0);
  uint8_t* frame = flow.frame.data();
  platform_->driver(other(from_)).mac().store(frame);
  platform_->driver(from_).mac().store(frame + net::kEthernetSourceOffset);
  net::store_be16(frame + net::kEtherTypeOffset, params_.ipv6 ? net::kEtherTypeIpv6 : net::kEtherTypeIpv4);
  uint8_t* ip = frame + net::kEthernetHeaderBytes;
  const auto ip_payload = static_cast<uint16_t>(std::min<size_t>(flow.frame.size() - l4_offset_, 65535 - 20));
  const auto last = static_cast<uint8_t>(from_ == kA ? 1 : 2);
  if (params_.ipv6) {
    ip[0] = 0x60;
    net::store_be16(ip + 4, ip_payload);
    ip[6] = net::kProtocolTcp;
    ip[7] = 64;
    net::store_be32(ip + 8, 0x20010db8);
    ip[23] = last;
    net::store_be32(ip + 24, 0x20010db8);
    ip[39] = static_cast<uint8_t>(3 - last);
  } else {
    ip[0] = 0x45;
    net::store_be16(ip + 2, static_cast<uint16_t>(ip_payload + net::kIpv4HeaderBytes));
    ip[6] = 0x40;
    ip[8] = 64;
    ip[9] = net::kProtocolTcp;
    net::store_be32(ip + 12, 0xc0000200u + last);
    net::store_be32(ip + 16, 0xc0000200u + 3u - last);
    net::update_ipv4_checksum(ip);
  }
  uint8_t* tcp = frame + l4_offset_;
  net::store_be16(tcp, static_cast<uint16_t>(kFirstPort + number));
  net::store_be16(tcp + 2, kService);
  tcp[12] = static_cast<uint8_t>(tcp_header_bytes(params_) / 4 << 4);
  tcp[13] = net::kTcpAck;
  net::store_be16(tcp + 14, 0xffff);
  if (params_.tcp_timestamps) net::store_be32(tcp + net::kTcpHeaderBytes, 0x0101080a);
  for (uint32_t i = 0; i < packets_per_frame_ * params_.payload_bytes; ++i) {
    frame[header_bytes_ + i] = pattern(number, i % params_.payload_bytes);
  }
}

// A packet carries its number at both ends of its payload.
void StreamDirection::write_stamp(uint8_t* payload, uint64_t packet) const {
  net::store_be64(payload, packet);
  if (params_.payload_bytes >= 2 * kStampBytes)
    net::store_be64(payload + params_.payload_bytes - kStampBytes, packet);
}

void StreamDirection::stamp(Flow& flow, uint64_t first_packet, unsigned packets) const {
  uint8_t* frame = flow.frame.data();
  net::store_be32(frame + l4_offset_ + 4, static_cast<uint32_t>(first_packet * params_.payload_bytes));
  for (unsigned i = 0; i < packets; ++i) {
    write_stamp(frame + header_bytes_ + size_t{i} * params_.payload_bytes, first_packet + i);
  }
}

void StreamDirection::fill_all(Platform& platform) {
  for (unsigned queue = 0; queue < platform.driver(from_).queue_pairs(); ++queue) fill(queue);
}

void StreamDirection::fill(unsigned queue) {
  const auto queues = static_cast<unsigned>(next_flow_.size());
  bool any = false;
  while (to_send_ > 0 && queue < flows_.size()) {
    const unsigned number = next_flow_[queue];
    if (!send_one(queue, number)) break;
    any = true;
    next_flow_[queue] = number + queues < flows_.size() ? number + queues : queue;
  }
  if (any) platform_->driver(from_).flush(queue);
}

bool StreamDirection::send_one(unsigned queue, unsigned number) {
  host::Driver& driver = platform_->driver(from_);
  const bool tso = packets_per_frame_ > 1;
  if (in_flight_[queue] > 0 && in_flight_[queue] >= params_.window.bytes) return false;
  if (driver.transmit_room(queue, tso) == 0) return false;
  Flow& flow = flows_[number];
  const auto packets = static_cast<unsigned>(std::min<uint64_t>(packets_per_frame_, to_send_));
  stamp(flow, flow.next, packets);
  host::TxFrame frame;
  frame.bytes = {flow.frame.data(), header_bytes_ + size_t{packets} * params_.payload_bytes};
  if (params_.psp) {
    frame.sa = flow.sa.handle;
    frame.spi = flow.sa.spi;
    frame.version = flow.sa.version;
    frame.device_built = params_.device_built;
  }
  if (tso) frame.tso_mss = static_cast<uint16_t>(params_.payload_bytes);
  frame.checksum_offload = true;
  frame.cookie = frame.bytes.size();
  frame.flow_hash = 0x9e3779b9u * (number + 1);
  if (!driver.transmit(queue, frame)) return false;
  in_flight_[queue] += frame.bytes.size();
  const base::Time now = platform_->events().now();
  if (outcome_.sent == 0) outcome_.first_sent = now;
  for (unsigned i = 0; i < packets; ++i) {
    sent_at_[(flow.next * flows_.size() + number) % kRememberedTimes] = now;
    flow.next++;
  }
  outcome_.sent += packets;
  if (params_.psp) outcome_.sent_psp += packets;
  to_send_ -= packets;
  return true;
}

void StreamDirection::receive(std::span<const uint8_t> frame, const host::RxInfo& info) {
  outcome_.received++;
  if (info.psp) outcome_.received_psp++;
  outcome_.last_received = info.now_ps;
  const unsigned number = frame.size() >= header_bytes_ + params_.payload_bytes
                              ? net::load_be16(&frame[l4_offset_]) - unsigned{kFirstPort}
                              : static_cast<unsigned>(flows_.size());
  if (number >= flows_.size() || info.psp != params_.psp || !check(flows_[number], frame)) {
    outcome_.corrupted++;
    return;
  }
  Flow& flow = flows_[number];
  const uint64_t packet = net::load_be64(&frame[header_bytes_]);
  flow.expected = packet + 1;
  outcome_.verified++;
  outcome_.payload_bytes += params_.payload_bytes;
  outcome_.frame_bytes += frame.size();
  outcome_.latency.record(info.now_ps - sent_at_[(packet * flows_.size() + number) % kRememberedTimes]);
}

// Whole and in order: the packet is a later one of its flow, and every byte of its payload is right.
bool StreamDirection::check(Flow& flow, std::span<const uint8_t> frame) const {
  const uint8_t* payload = &frame[header_bytes_];
  const uint64_t packet = net::load_be64(payload);
  if (packet < flow.expected || packet >= flow.next) return false;
  if (net::load_be32(&frame[l4_offset_ + 4]) != static_cast<uint32_t>(packet * params_.payload_bytes))
    return false;
  const uint32_t size = params_.payload_bytes;
  if (std::memcmp(frame.data(), flow.frame.data(), net::kEthernetHeaderBytes) != 0) return false;
  const uint8_t* expected = flow.frame.data() + header_bytes_;
  if (size < 2 * kStampBytes)
    return std::memcmp(payload + kStampBytes, expected + kStampBytes, size - kStampBytes) == 0;
  return net::load_be64(payload + size - kStampBytes) == packet &&
         std::memcmp(payload + kStampBytes, expected + kStampBytes, size - 2 * kStampBytes) == 0;
}

}  // namespace pspnic::bench
