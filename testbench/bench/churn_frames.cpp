// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/churn_frames.h"

#include <algorithm>
#include <cstring>
#include <random>

#include "model/net/bytes.h"
#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/udp.h"

namespace pspnic::bench {

namespace {

constexpr size_t kIpOffset = net::kEthernetHeaderBytes;
constexpr size_t kUdpOffset = kIpOffset + net::kIpv4HeaderBytes;
constexpr size_t kStampOffset = kUdpOffset + net::kUdpHeaderBytes;
constexpr size_t kChurnStampBytes = 16;
constexpr size_t kPayloadOffset = kStampOffset + kChurnStampBytes;
constexpr size_t kNoiseBytes = 1 << 16;
// Two /10 networks of addresses set aside for private use (RFC 1918), one a host.
constexpr uint32_t kNetworks[kSides] = {0x0a000000, 0x0a400000};
constexpr uint32_t kFirstChurnPort = 1024;
constexpr uint32_t kPortsAnAddress = 60'000;
constexpr uint16_t kChurnService = 443;

}  // namespace

ChurnFrames::ChurnFrames(unsigned frame_bytes, Side from, const net::MacAddress& source,
                         const net::MacAddress& destination)
    : frame_(frame_bytes), noise_(kNoiseBytes + frame_bytes), from_(from) {
  std::mt19937_64 random(from + 1);
  for (uint8_t& byte : noise_) byte = static_cast<uint8_t>(random());
  destination.store(frame_.data());
  source.store(&frame_[net::kEthernetSourceOffset]);
  net::store_be16(&frame_[net::kEtherTypeOffset], net::kEtherTypeIpv4);
  uint8_t* ip = &frame_[kIpOffset];
  ip[0] = 0x45;
  net::set_ipv4_total_length(ip, static_cast<uint16_t>(frame_bytes - kIpOffset));
  ip[net::kIpv4TtlOffset] = 64;
  net::set_ipv4_protocol(ip, net::kProtocolUdp);
  net::set_udp_length(&frame_[kUdpOffset], static_cast<uint16_t>(frame_bytes - kUdpOffset));
}

std::span<const uint8_t> ChurnFrames::make(const ChurnStamp& stamp) {
  uint8_t* ip = &frame_[kIpOffset];
  uint8_t* udp = &frame_[kUdpOffset];
  const bool clear = stamp.connection == ChurnStamp::kClear;
  const uint32_t host = clear ? kPortsAnAddress : stamp.connection / kPortsAnAddress;
  const uint32_t client = kFirstChurnPort + (clear ? 0 : stamp.connection % kPortsAnAddress);
  // Host A is the client of all connections.
  net::store_be32(ip + net::kIpv4SourceOffset, kNetworks[from_] + 1 + host);
  net::store_be32(ip + net::kIpv4DestinationOffset, kNetworks[1 - from_] + 1 + host);
  const auto port = [&](bool of_client) { return static_cast<uint16_t>(of_client ? client : kChurnService); };
  net::store_be16(udp, port(from_ == kA));
  net::store_be16(udp + net::kUdpDestinationPortOffset, port(from_ == kB));
  net::update_ipv4_checksum(ip);
  uint8_t* where = &frame_[kStampOffset];
  net::store_be32(where, stamp.connection);
  net::store_be32(where + 4, stamp.sequence);
  net::store_be64(where + 8, stamp.sent);
  const uint64_t packet = uint64_t{stamp.connection} << 32 | stamp.sequence;
  const size_t place = (packet * 0x9e3779b97f4a7c15) >> 48;  // below kNoiseBytes
  std::memcpy(&frame_[kPayloadOffset], &noise_[place], frame_.size() - kPayloadOffset);
  return frame_;
}

size_t ChurnFrames::payload_bytes(size_t frame_bytes) {
  return frame_bytes - kStampOffset;
}

std::optional<ChurnStamp> ChurnFrames::read(std::span<const uint8_t> frame) {
  if (frame.size() != frame_.size()) return std::nullopt;
  const uint8_t* where = &frame[kStampOffset];
  const ChurnStamp stamp{net::load_be32(where), net::load_be32(where + 4), net::load_be64(where + 8)};
  make(stamp);
  // The card has filled in the UDP checksum.
  std::copy_n(&frame[kUdpOffset + net::kUdpChecksumOffset], 2, &frame_[kUdpOffset + net::kUdpChecksumOffset]);
  const bool same = std::equal(frame.begin(), frame.end(), frame_.begin());
  net::store_be16(&frame_[kUdpOffset + net::kUdpChecksumOffset], 0);
  return same ? std::optional(stamp) : std::nullopt;
}

}  // namespace pspnic::bench
