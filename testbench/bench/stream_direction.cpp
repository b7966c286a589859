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

constexpr size_t kRememberedTimes = 1 << 16;  // more packets than rings, buffers and cable hold
constexpr uint32_t kStampBytes = 8;

unsigned packets_per_frame(const StreamParams& params) {
  return static_cast<unsigned>(std::max<uint64_t>(1, params.tso.bytes / params.payload_bytes));
}

// Differs from place to place and from flow to flow, so that no misplaced byte goes unseen.
uint8_t pattern(unsigned flow, uint32_t offset) {
  return static_cast<uint8_t>(offset * 7 + (offset >> 8) * 13 + flow * 31);
}

}  // namespace

uint32_t stream_frame_bytes(const StreamParams& params) {
  return StreamLayout(params).header_bytes + params.payload_bytes;
}

StreamDirection::StreamDirection(const StreamParams& params, Side from, uint64_t packets)
    : params_(params),
      from_(from),
      mode_(params.mode, from),
      layout_(params),
      packets_per_frame_(packets_per_frame(params)),
      to_send_(packets),
      flows_(params.flows),
      sent_at_(kRememberedTimes),
      offered_(packets) {}

void StreamDirection::prepare(Platform& platform, KeyLog& keys) {
  platform_ = &platform;
  next_flow_.resize(platform.drivers(from_).queue_pairs());
  in_flight_.resize(next_flow_.size());
  stops_.resize(next_flow_.size());
  for (unsigned queue = 0; queue < next_flow_.size(); ++queue) next_flow_[queue] = queue;
  vports_.prepare(platform.drivers(platform.peer(from_)));
  for (unsigned number = 0; number < flows_.size(); ++number) {
    flows_[number].vport = vports_.vport_of(number % vports_.queues());
    build(flows_[number], number);
  }
  agree_on_keys(keys);
}

void StreamDirection::agree_on_keys(KeyLog& keys) {
  if (!params_.psp) return;
  const auto links =
      exchange_keys(*platform_, from_, static_cast<psp::Version>(params_.psp_version), params_.flows, keys);
  for (size_t i = 0; i < flows_.size(); ++i) flows_[i].sa = links[i];
  if (!params_.device_built) return;
  HostDrivers& drivers = platform_->drivers(from_);
  for (unsigned function = 0; function < drivers.functions(); ++function) {
    let_device_build_headers(drivers, function);
  }
}

void StreamDirection::let_device_build_headers(HostDrivers& drivers, unsigned function) const {
  std::vector<host::SaHandle> handles;
  for (const Flow& flow : flows_) {
    if (drivers.function_of_vport(flow.vport) == function) handles.push_back(flow.sa.handle);
  }
  host::PspMode mode = *mode_.mode();
  if (psp::is_gmac(static_cast<psp::Version>(params_.psp_version))) mode.crypt_offset = 0;
  if (!handles.empty() && !drivers.driver(function).let_device_build_headers(handles, mode)) {
    throw host::DriverError("stream.device_built: the card refuses to build headers");
  }
}

void StreamDirection::build(Flow& flow, unsigned number) const {
  flow.frame.assign(layout_.header_bytes + size_t{packets_per_frame_} * params_.payload_bytes, 0);
  const StreamEnds ends{.source = platform_->drivers(from_).mac(flow.vport),
                        .destination = platform_->drivers(platform_->peer(from_)).mac(flow.vport),
                        .source_host = static_cast<uint8_t>(from_ == kA ? 1 : 2),
                        .source_port = static_cast<uint16_t>(kFirstPort + number)};
  write_stream_headers(params_, ends, flow.frame);
  uint8_t* frame = flow.frame.data();
  for (uint32_t i = 0; i < packets_per_frame_ * params_.payload_bytes; ++i) {
    frame[layout_.header_bytes + i] = pattern(number, i % params_.payload_bytes);
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
  if (!params_.udp) {
    net::set_tcp_sequence(frame + layout_.l4_offset,
                          static_cast<uint32_t>(first_packet * params_.payload_bytes));
  }
  for (unsigned i = 0; i < packets; ++i) {
    write_stamp(frame + layout_.header_bytes + size_t{i} * params_.payload_bytes, first_packet + i);
  }
}

void StreamDirection::fill_all(Platform& platform) {
  for (unsigned queue = 0; queue < platform.drivers(from_).queue_pairs(); ++queue) fill(queue);
}

void StreamDirection::fill(unsigned queue) {
  const auto queues = static_cast<unsigned>(next_flow_.size());
  bool any = false;
  Stop stop = Stop::kNone;
  while (to_send_ > 0 && queue < flows_.size()) {
    const unsigned number = next_flow_[queue];
    stop = send_one(queue, number);
    if (stop != Stop::kNone) break;
    any = true;
    next_flow_[queue] = number + queues < flows_.size() ? number + queues : queue;
  }
  if (any) platform_->drivers(from_).flush(queue);
  stops_.note(queue, stop, platform_->events().now());
}

Stop StreamDirection::send_one(unsigned queue, unsigned number) {
  HostDrivers& drivers = platform_->drivers(from_);
  const bool tso = packets_per_frame_ > 1;
  if (in_flight_[queue] > 0 && in_flight_[queue] >= params_.window.bytes) return Stop::kWindow;
  if (drivers.transmit_room(queue, tso) == 0) return Stop::kRing;
  Flow& flow = flows_[number];
  const auto packets = static_cast<unsigned>(std::min<uint64_t>(packets_per_frame_, to_send_));
  stamp(flow, flow.next, packets);
  host::TxFrame frame;
  frame.bytes = {flow.frame.data(), layout_.header_bytes + size_t{packets} * params_.payload_bytes};
  if (params_.psp) {
    frame.sa = flow.sa.handle;
    frame.spi = flow.sa.spi;
    frame.version = flow.sa.version;
    frame.mode = mode_.mode();
    frame.device_built = params_.device_built;
  }
  if (tso) frame.tso_mss = static_cast<uint16_t>(params_.payload_bytes);
  frame.checksum_offload = true;
  frame.cookie = frame.bytes.size();
  frame.flow_hash = 0x9e3779b9u * (number + 1);
  if (!drivers.transmit(queue, frame)) return Stop::kRing;
  in_flight_[queue] += frame.bytes.size();
  const base::Time now = platform_->events().now();
  DirectionOutcome& outcome = vports_[flow.vport];
  if (outcome.sent == 0) outcome.first_sent = now;
  for (unsigned i = 0; i < packets; ++i) {
    sent_at_[(flow.next * flows_.size() + number) % kRememberedTimes] = now;
    flow.next++;
  }
  outcome.sent += packets;
  if (params_.psp) outcome.sent_psp += packets;
  to_send_ -= packets;
  return Stop::kNone;
}

void StreamDirection::receive(std::span<const uint8_t> frame, const host::RxInfo& info) {
  const unsigned packets = info.segments;
  const unsigned vport = vports_.vport_of(info.queue);
  DirectionOutcome& outcome = vports_[vport];
  received_ += packets;
  outcome.received += packets;
  if (info.psp) outcome.received_psp += packets;
  outcome.last_received = info.now_ps;
  const unsigned number = frame.size() >= layout_.header_bytes + size_t{packets} * params_.payload_bytes
                              ? net::load_be16(&frame[layout_.l4_offset]) - unsigned{kFirstPort}
                              : static_cast<unsigned>(flows_.size());
  const bool whole = packets == 1 || merged_well(frame, info);
  if (number >= flows_.size() || flows_[number].vport != vport || info.psp != params_.psp || !whole) {
    outcome.corrupted += packets;
    return;
  }
  Flow& flow = flows_[number];
  outcome.frame_bytes += frame.size();
  const uint64_t first = net::load_be64(&frame[layout_.header_bytes]);
  for (unsigned i = 0; i < packets; ++i) {
    const std::span<const uint8_t> payload =
        frame.subspan(layout_.header_bytes + size_t{i} * params_.payload_bytes, params_.payload_bytes);
    // Those that were merged have followed each other; of the later ones' payload nothing need be carried.
    const bool carried = i == 0 || platform_->payload() == net::Payload::kBytes;
    const uint64_t packet = carried ? net::load_be64(payload.data()) : first + i;
    if (packet != first + i || !check(flow, frame, payload, {packet, i})) {
      outcome.corrupted++;
      continue;
    }
    const Arrival arrival = flow.arrivals.take(packet);
    if (arrival == Arrival::kAgain || arrival == Arrival::kTooOld) {
      (arrival == Arrival::kAgain ? outcome.duplicated : outcome.corrupted)++;
      continue;
    }
    if (arrival == Arrival::kLate) outcome.reordered++;
    outcome.verified++;
    outcome.payload_bytes += params_.payload_bytes;
    outcome.latency.record(info.now_ps - sent_at_[(packet * flows_.size() + number) % kRememberedTimes]);
  }
}

// The headers of a merged frame are right for it: nothing but these segments, and both checksums.
bool StreamDirection::merged_well(std::span<const uint8_t> frame, const host::RxInfo& info) const {
  const net::Parsed parsed = net::parse_frame(frame);
  return info.segment_bytes == params_.payload_bytes && parsed.ip_checksum_ok &&
         frame.size() == layout_.header_bytes + size_t{info.segments} * params_.payload_bytes &&
         net::check_l4_checksum(frame, parsed, platform_->payload()) == net::L4Checksum::kGood;
}

// What the sender's card and the network may not change in front of the payload: Ethernet header and tags,
// IPv4 options, IPv6 extension headers, and TCP's sequence number.
bool StreamDirection::headers_match(const Flow& flow, std::span<const uint8_t> frame, uint64_t packet) const {
  const auto same = [&](size_t begin, size_t end) {
    return std::memcmp(frame.data() + begin, flow.frame.data() + begin, end - begin) == 0;
  };
  const size_t fixed_end =
      layout_.l3_offset + (params_.ipv6 ? net::kIpv6NextHeaderOffset : net::kIpv4HeaderBytes);
  if (!same(0, layout_.l3_offset) || !same(fixed_end, layout_.l4_offset)) return false;
  return params_.udp || net::tcp_sequence(&frame[layout_.l4_offset]) ==
                            static_cast<uint32_t>(packet * params_.payload_bytes);
}

// Whole: the packet was sent, and every byte of its payload is right.
bool StreamDirection::check(const Flow& flow, std::span<const uint8_t> frame, std::span<const uint8_t> bytes,
                            const Place& place) const {
  const uint8_t* payload = bytes.data();
  const uint64_t packet = place.packet;
  if (packet >= flow.next || packet < place.index || !headers_match(flow, frame, packet - place.index)) {
    return false;
  }
  if (platform_->payload() == net::Payload::kLengths) return true;
  const uint32_t size = params_.payload_bytes;
  const uint8_t* expected = flow.frame.data() + layout_.header_bytes;
  if (size < 2 * kStampBytes)
    return std::memcmp(payload + kStampBytes, expected + kStampBytes, size - kStampBytes) == 0;
  return net::load_be64(payload + size - kStampBytes) == packet &&
         std::memcmp(payload + kStampBytes, expected + kStampBytes, size - 2 * kStampBytes) == 0;
}

}  // namespace pspnic::bench
