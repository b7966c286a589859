// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/replay_input.h"

#include <algorithm>
#include <unordered_map>

#include "model/net/capture.h"
#include "model/net/flow.h"
#include "model/net/parse.h"
#include "model/net/udp.h"
#include "model/psp/header.h"

namespace pspnic::bench {

namespace {

constexpr size_t kMinHandedOver = 17;  // IDPF: smallest frame a driver may hand over

// Why transport mode cannot carry a packet.
Treatment treatment_by_transport(const net::Parsed& parsed) {
  if (parsed.fragment) return Treatment::kFragment;
  if (!parsed.takes_encapsulation()) return Treatment::kExtensionHeaders;
  if (parsed.ip_protocol != net::kProtocolTcp && parsed.ip_protocol != net::kProtocolUdp) {
    return Treatment::kOtherProtocol;
  }
  return parsed.ok() && !parsed.ip_checksum_ok ? Treatment::kBadIpChecksum : Treatment::kPsp;
}

Treatment treatment_of_packet(std::span<const uint8_t> frame, const net::Parsed& parsed, bool truncated,
                              uint32_t mtu, const PspModeParams& mode) {
  if (frame.size() < kMinHandedOver) return Treatment::kTooShort;
  if (frame.size() > mtu + parsed.l3_offset && frame.size() > mtu + net::kEthernetHeaderBytes) {
    return Treatment::kTooLong;
  }
  if (truncated) return Treatment::kTruncated;
  if (parsed.l3 != net::L3::kIpv4 && parsed.l3 != net::L3::kIpv6) return Treatment::kNotIp;
  if (!parsed.is_ip()) return Treatment::kMalformed;
  const Treatment transport = mode.tunnel ? Treatment::kPsp : treatment_by_transport(parsed);
  if (transport != Treatment::kPsp) return transport;
  if (!parsed.ok()) return Treatment::kMalformed;
  if (parsed.ip_end - parsed.l3_offset + psp_overhead_bytes(mode) > mtu) return Treatment::kNoRoomForPsp;
  return Treatment::kPsp;
}

// A receiver takes UDP to port 1000 for PSP, so such a packet may not go in clear.
bool taken_for_psp(std::span<const uint8_t> frame, const net::Parsed& parsed) {
  // A packet whose lengths do not fit is taken for PSP as well, so its lengths are not looked at.
  const net::Parsed loose = parsed.is_ip() ? parsed : net::parse_frame(frame, net::IpLength::kIgnore);
  return loose.is_ip() && loose.ip_protocol == net::kProtocolUdp && loose.takes_encapsulation() &&
         frame.size() >= loose.l4_offset + 4u &&
         net::udp_destination_port(&frame[loose.l4_offset]) == psp::kUdpPort;
}

Treatment treatment_of(std::span<const uint8_t> frame, const net::Parsed& parsed, bool truncated,
                       uint32_t mtu, const PspModeParams& mode) {
  const Treatment treatment = treatment_of_packet(frame, parsed, truncated, mtu, mode);
  const bool clear = treatment != Treatment::kPsp && is_sent(treatment);
  return clear && taken_for_psp(frame, parsed) ? Treatment::kClearToPspPort : treatment;
}

class Reader {
 public:
  Reader(ReplayInput& input, uint32_t mtu, const PspModeParams& mode)
      : input_(input), mtu_(mtu), mode_(mode) {}

  void add(const net::CaptureRecord& record) {
    ReplayPacket packet;
    if (input_.packets.empty()) first_time_ns_ = record.time_ns;
    packet.time_ns = record.time_ns > first_time_ns_ ? record.time_ns - first_time_ns_ : 0;
    const net::Parsed parsed = net::parse_frame(record.bytes);
    packet.treatment = treatment_of(record.bytes, parsed, record.truncated(), mtu_, mode_);
    packet.from = side_of(record.bytes);
    packet.bytes.assign(record.bytes.begin(), record.bytes.end());
    if (packet.treatment == Treatment::kPsp) {
      protect(packet, parsed);
    } else if (is_sent(packet.treatment) && packet.bytes.size() < net::kMinFrameBytes) {
      packet.bytes.resize(net::kMinFrameBytes);
    }
    input_.largest_frame = std::max(input_.largest_frame, static_cast<uint32_t>(packet.bytes.size()));
    input_.packets.push_back(std::move(packet));
  }

 private:
  Side side_of(std::span<const uint8_t> frame) {
    if (frame.size() < net::kEthernetHeaderBytes) return kA;
    const net::MacAddress source = net::ethernet_source(frame.data());
    if (!first_source_known_) {
      first_source_ = source;
      first_source_known_ = true;
    }
    return source == first_source_ ? kA : kB;
  }

  void protect(ReplayPacket& packet, const net::Parsed& parsed) {
    if (parsed.ip_end < packet.bytes.size()) {
      input_.padding_trimmed++;
      packet.bytes.resize(parsed.ip_end);
    }
    packet.payload_bytes = parsed.l4_end - parsed.payload_offset;
    const auto key = net::FlowKey::from_frame(packet.bytes, parsed);
    auto& known = flows_[packet.from];
    packet.flow =
        known.try_emplace(key.value_or(net::FlowKey{}), static_cast<uint32_t>(known.size())).first->second;
    input_.flows[packet.from] = static_cast<uint32_t>(known.size());
  }

  ReplayInput& input_;
  uint32_t mtu_;
  const PspModeParams& mode_;
  uint64_t first_time_ns_ = 0;
  bool first_source_known_ = false;
  net::MacAddress first_source_;
  std::unordered_map<net::FlowKey, uint32_t, net::FlowKeyHash> flows_[kSides];
};

}  // namespace

const char* text(Treatment treatment) {
  switch (treatment) {
    case Treatment::kPsp:
      return "psp";
    case Treatment::kNotIp:
      return "not_ip";
    case Treatment::kMalformed:
      return "malformed";
    case Treatment::kTruncated:
      return "truncated_capture";
    case Treatment::kFragment:
      return "ip_fragment";
    case Treatment::kExtensionHeaders:
      return "ipv6_extension_headers";
    case Treatment::kOtherProtocol:
      return "neither_tcp_nor_udp";
    case Treatment::kBadIpChecksum:
      return "bad_ipv4_checksum";
    case Treatment::kNoRoomForPsp:
      return "no_room_for_psp";
    case Treatment::kTooShort:
      return "shorter_than_17_bytes";
    case Treatment::kTooLong:
      return "longer_than_mtu";
    case Treatment::kClearToPspPort:
      return "clear_to_psp_port";
    case Treatment::kCount:
      break;
  }
  return "unknown";
}

ReplayInput read_replay(const std::string& path, uint64_t limit, uint32_t mtu, const PspModeParams& mode) {
  ReplayInput input;
  Reader reader(input, mtu, mode);
  net::CaptureReader capture(path);
  net::CaptureRecord record;
  while (input.packets.size() < limit && capture.next(record)) reader.add(record);
  if (capture.error()) input.error = capture.error()->text();
  return input;
}

}  // namespace pspnic::bench
