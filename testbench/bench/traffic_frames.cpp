// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/traffic_frames.h"

#include <algorithm>
#include <cstring>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/tcp.h"
#include "model/net/udp.h"

namespace pspnic::bench {

namespace {

constexpr uint32_t kTsoBytes = 64000;
constexpr uint32_t kPortsUsed = 40'000;  // source ports, before the next destination port
constexpr unsigned kBornShift = 16;

// Differs from place to place and from flow to flow, so that no misplaced byte goes unseen.
uint8_t traffic_pattern(uint32_t variant, uint32_t offset) {
  return static_cast<uint8_t>(offset * 7 + (offset >> 8) * 13 + variant * 31);
}

}  // namespace

uint32_t TrafficFrames::most_payload(const TrafficParams& params) {
  return params.tso ? std::max(params.mss, kTsoBytes / params.mss * params.mss) : params.mss;
}

TrafficFrames::TrafficFrames(const TrafficParams& params, Side from)
    : params_(params),
      from_(from),
      layout_(params),
      stamp_bytes_(stamp_bytes(params)),
      headers_(params.flows),
      buffers_(kVariants) {
  for (uint32_t variant = 0; variant < kVariants; ++variant) {
    buffers_[variant].resize(kHeaderRoom + most_payload(params));
    uint8_t* payload = buffers_[variant].data() + kHeaderRoom;
    // Each packet of a frame that the card cuts has the same.
    for (uint32_t i = 0; i < most_payload(params); ++i) payload[i] = traffic_pattern(variant, i % params.mss);
  }
}

void TrafficFrames::set_ends(uint32_t flow, const net::MacAddress& source,
                             const net::MacAddress& destination) {
  const StreamEnds ends{.source = source,
                        .destination = destination,
                        .source_host = static_cast<uint8_t>(from_ == kA ? 1 : 2),
                        .source_port = static_cast<uint16_t>(kFirstPort + flow % kPortsUsed),
                        .destination_port = static_cast<uint16_t>(kService + flow / kPortsUsed)};
  const std::span<uint8_t> header = std::span(headers_[flow]).first(layout_.header_bytes);
  write_stream_headers(params_, ends, header);
  uint8_t* ip = header.data() + layout_.l3_offset;
  if (params_.ipv6) {
    net::store_be16(ip + net::kIpv6PayloadLengthOffset, 0);
  } else {
    net::store_be16(ip + net::kIpv4TotalLengthOffset, 0);
    net::update_ipv4_checksum(ip);
  }
}

// IPv4's checksum is made right again; that of TCP and UDP is the card's.
void TrafficFrames::write_lengths(uint8_t* frame, uint32_t payload) const {
  uint8_t* ip = frame + layout_.l3_offset;
  const auto length = [](size_t bytes) { return static_cast<uint16_t>(std::min<size_t>(bytes, 65535)); };
  const uint16_t ip_bytes = length(layout_.header_bytes - layout_.l3_offset + payload);
  if (params_.ipv6) {
    net::store_be16(ip + net::kIpv6PayloadLengthOffset,
                    static_cast<uint16_t>(ip_bytes - net::kIpv6HeaderBytes));
  } else {
    net::store_be16(ip + net::kIpv4TotalLengthOffset, ip_bytes);
    const uint32_t sum = uint32_t{net::load_be16(ip + net::kIpv4ChecksumOffset) ^ 0xffffu} + ip_bytes;
    net::store_be16(ip + net::kIpv4ChecksumOffset, static_cast<uint16_t>(~(sum + (sum >> 16))));
  }
  if (params_.udp) {
    net::set_udp_length(frame + layout_.l4_offset,
                        length(layout_.header_bytes - layout_.l4_offset + payload));
  }
}

void TrafficFrames::write(uint8_t* payload, const TrafficStamp& stamp) const {
  net::store_be64(payload, stamp.born << kBornShift | stamp.bytes);
  net::store_be64(payload + 8, uint64_t{stamp.packet} << 32 | stamp.position);
  if (stamp_bytes_ > 16) net::store_be64(payload + 16, uint64_t{stamp.slot} << 32 | stamp.generation);
}

std::span<const uint8_t> TrafficFrames::make(uint32_t flow, TrafficStamp stamp, uint32_t payload) {
  uint8_t* bytes = buffers_[flow % kVariants].data() + kHeaderRoom;
  uint8_t* frame = bytes - layout_.header_bytes;
  std::memcpy(frame, headers_[flow].data(), layout_.header_bytes);
  write_lengths(frame, payload);
  if (!params_.udp) net::set_tcp_sequence(frame + layout_.l4_offset, stamp.position);
  for (uint32_t done = 0; done < payload; done += stamp.bytes) {
    stamp.bytes = std::min(params_.mss, payload - done);
    write(bytes + done, stamp);
    ++stamp.packet;
    stamp.position += stamp.bytes;
  }
  return {frame, layout_.header_bytes + size_t{payload}};
}

std::optional<uint32_t> TrafficFrames::flow_of(std::span<const uint8_t> frame) const {
  if (frame.size() < layout_.header_bytes + size_t{stamp_bytes_}) return std::nullopt;
  const uint8_t* l4 = &frame[layout_.l4_offset];
  const uint32_t source = net::load_be16(l4) - uint32_t{kFirstPort};
  const uint32_t destination = net::load_be16(l4 + 2) - uint32_t{kService};
  if (source >= kPortsUsed || destination > headers_.size() / kPortsUsed) return std::nullopt;
  const uint32_t flow = source + destination * kPortsUsed;
  if (flow >= headers_.size()) return std::nullopt;
  return flow;
}

std::span<const uint8_t> TrafficFrames::payload_of(std::span<const uint8_t> frame) const {
  const uint8_t* ip = &frame[layout_.l3_offset];
  const size_t ip_bytes = params_.ipv6
                              ? net::load_be16(ip + net::kIpv6PayloadLengthOffset) + net::kIpv6HeaderBytes
                              : size_t{net::load_be16(ip + net::kIpv4TotalLengthOffset)};
  const size_t end = layout_.l3_offset + ip_bytes;
  // Only what pads an Ethernet frame may be behind.
  if (end > frame.size() || end < layout_.header_bytes) return {};
  if (end < frame.size() && frame.size() > net::kMinFrameBytes) return {};
  return frame.subspan(layout_.header_bytes, end - layout_.header_bytes);
}

TrafficStamp TrafficFrames::read(std::span<const uint8_t> payload) const {
  TrafficStamp stamp;
  const uint64_t first = net::load_be64(payload.data());
  const uint64_t second = net::load_be64(payload.data() + 8);
  stamp.born = first >> kBornShift;
  stamp.bytes = first & 0xffff;
  stamp.packet = static_cast<uint32_t>(second >> 32);
  stamp.position = static_cast<uint32_t>(second);
  if (stamp_bytes_ <= 16) return stamp;
  const uint64_t third = net::load_be64(payload.data() + 16);
  stamp.slot = static_cast<uint32_t>(third >> 32);
  stamp.generation = static_cast<uint32_t>(third);
  return stamp;
}

bool TrafficFrames::headers_match(uint32_t flow, std::span<const uint8_t> frame, uint32_t position) const {
  const Header& expected = headers_[flow];
  const auto same = [&](size_t begin, size_t end) {
    return std::memcmp(frame.data() + begin, expected.data() + begin, end - begin) == 0;
  };
  const size_t fixed_end =
      layout_.l3_offset + (params_.ipv6 ? net::kIpv6NextHeaderOffset : net::kIpv4HeaderBytes);
  if (!same(0, layout_.l3_offset) || !same(fixed_end, layout_.l4_offset)) return false;
  return params_.udp || net::tcp_sequence(&frame[layout_.l4_offset]) == position;
}

bool TrafficFrames::payload_matches(uint32_t flow, std::span<const uint8_t> payload) const {
  const uint8_t* expected = buffers_[flow % kVariants].data() + kHeaderRoom;
  return std::memcmp(payload.data() + stamp_bytes_, expected + stamp_bytes_, payload.size() - stamp_bytes_) ==
         0;
}

}  // namespace pspnic::bench
