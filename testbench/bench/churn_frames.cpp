// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/churn_frames.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "model/net/bytes.h"
#include "testbench/bench/udp_headers.h"

namespace pspnic::bench {

namespace {

constexpr UdpLayout kChurnLayout(false);
constexpr size_t kStampOffset = kChurnLayout.payload;
constexpr size_t kChecksumOffset = kChurnLayout.udp + net::kUdpChecksumOffset;
constexpr size_t kChurnStampBytes = 16;
constexpr size_t kPayloadOffset = kStampOffset + kChurnStampBytes;
constexpr size_t kNoiseBytes = 1 << 16;
// Two /10 networks of addresses set aside for private use (RFC 1918), one a host.
constexpr uint32_t kNetworks[kSides] = {0x0a000000, 0x0a400000};
constexpr uint32_t kFirstChurnPort = 1024;
constexpr uint32_t kPortsAnAddress = 60'000;
constexpr uint16_t kChurnService = 443;

}  // namespace

ChurnFrames::ChurnFrames(const Shape& shape, Side from, const net::MacAddress& source,
                         const net::MacAddress& destination)
    : frame_(shape.frame_bytes),
      noise_(kNoiseBytes + shape.frame_bytes),
      from_(from),
      compared_(shape.payload == net::Payload::kBytes ? shape.frame_bytes : kPayloadOffset) {
  std::mt19937_64 random(from + 1);
  for (uint8_t& byte : noise_) byte = static_cast<uint8_t>(random());
  write_udp_headers({source, destination}, {}, frame_);
}

std::span<const uint8_t> ChurnFrames::make(const ChurnStamp& stamp, size_t frame_bytes) {
  net::set_ipv4_total_length(&frame_[kChurnLayout.ip], static_cast<uint16_t>(frame_bytes - kChurnLayout.ip));
  net::set_udp_length(&frame_[kChurnLayout.udp], static_cast<uint16_t>(frame_bytes - kChurnLayout.udp));
  const bool clear = stamp.connection == ChurnStamp::kClear;
  const uint32_t host = clear ? kPortsAnAddress : stamp.connection / kPortsAnAddress;
  const uint32_t client = kFirstChurnPort + (clear ? 0 : stamp.connection % kPortsAnAddress);
  // Host A is the client of all connections.
  const auto port = [&](bool of_client) { return static_cast<uint16_t>(of_client ? client : kChurnService); };
  write_udp_ends({.source = kNetworks[from_] + 1 + host,
                  .destination = kNetworks[1 - from_] + 1 + host,
                  .source_port = port(from_ == kA),
                  .destination_port = port(from_ == kB)},
                 &frame_[kChurnLayout.ip]);
  uint8_t* where = &frame_[kStampOffset];
  net::store_be32(where, stamp.connection);
  net::store_be32(where + 4, stamp.sequence);
  net::store_be64(where + 8, stamp.sent);
  const uint64_t packet = uint64_t{stamp.connection} << 32 | stamp.sequence;
  const size_t place = (packet * 0x9e3779b97f4a7c15) >> 48;  // below kNoiseBytes
  std::memcpy(&frame_[kPayloadOffset], &noise_[place], std::min(compared_, frame_bytes) - kPayloadOffset);
  return std::span(frame_).first(frame_bytes);
}

const traffic::SizeLimits& ChurnFrames::limits() {
  constexpr uint32_t kMostFrameBytes = 9000;
  static constexpr traffic::SizeLimits kLimits{.header_bytes = kChurnLayout.payload,
                                               .least_payload = kChurnStampBytes,
                                               .mss = kMostFrameBytes - kChurnLayout.payload,
                                               .mss_parameter = nullptr};
  return kLimits;
}

size_t ChurnFrames::frame_bytes(size_t payload_bytes) {
  return payload_bytes + kStampOffset;
}

size_t ChurnFrames::payload_bytes(size_t frame_bytes) {
  return frame_bytes - kStampOffset;
}

std::optional<ChurnStamp> ChurnFrames::read(std::span<const uint8_t> frame) {
  if (frame.size() < kPayloadOffset || frame.size() > frame_.size()) return std::nullopt;
  const uint8_t* where = &frame[kStampOffset];
  const ChurnStamp stamp{net::load_be32(where), net::load_be32(where + 4), net::load_be64(where + 8)};
  make(stamp, frame.size());
  // The card has filled in the UDP checksum.
  std::copy_n(&frame[kChecksumOffset], 2, &frame_[kChecksumOffset]);
  const bool same = std::memcmp(frame.data(), frame_.data(), std::min(compared_, frame.size())) == 0;
  net::store_be16(&frame_[kChecksumOffset], 0);
  return same ? std::optional(stamp) : std::nullopt;
}

}  // namespace pspnic::bench
