// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/testbench/tcp/lossy_link.h"

#include <algorithm>
#include <cstring>

#include "model/net/checksum.h"
#include "model/net/ipv4.h"
#include "model/net/ipv6.h"
#include "model/net/segment.h"

namespace pspnic::tcp {
namespace {

constexpr uint64_t kMergeWindow = 3 * kMicrosecond;  // frames of so long are looked at together
constexpr size_t kMergedMax = 60'000;

uint8_t pattern(uint64_t seed, uint64_t offset) {
  uint64_t x = (offset / 8 + 1) * 0x9e3779b97f4a7c15 + seed * 0xbf58476d1ce4e5b9;
  x ^= x >> 31;
  return static_cast<uint8_t>(x >> (offset % 8 * 8));
}

// `next` continues `frame`: same flow and flags, its sequence number behind the other's payload.
bool merge(std::vector<uint8_t>& frame, const std::vector<uint8_t>& next) {
  const net::Parsed a = net::parse_frame(frame);
  const net::Parsed b = net::parse_frame(next);
  if (!a.ok() || !b.ok() || a.l4 != net::L4::kTcp || b.l4 != net::L4::kTcp) return false;
  if (!net::l4_checksum_ok(frame, a) || !net::l4_checksum_ok(next, b)) return false;
  if (net::FlowKey::from_frame(frame, a) != net::FlowKey::from_frame(next, b)) return false;
  const uint8_t* first = frame.data() + a.l4_offset;
  const uint8_t* second = next.data() + b.l4_offset;
  const uint32_t payload = a.l4_end - a.payload_offset;
  constexpr uint8_t kPlain = net::kTcpAck | net::kTcpPsh;
  if (payload == 0 || b.l4_end == b.payload_offset || a.l4_header_bytes != b.l4_header_bytes ||
      net::tcp_flags(first) != net::kTcpAck || (net::tcp_flags(second) & ~kPlain) != 0 ||
      net::tcp_sequence(second) != net::tcp_sequence(first) + payload ||
      net::tcp_ack(second) != net::tcp_ack(first) || frame.size() + next.size() > kMergedMax) {
    return false;
  }
  frame.resize(a.l4_end);
  frame.insert(frame.end(), next.begin() + b.payload_offset, next.begin() + b.l4_end);
  net::fix_ip_lengths(frame, a.l3_offset, 0);
  net::update_l4_checksum(frame, net::parse_frame(frame));
  return true;
}

}  // namespace

size_t Peer::on_data(std::span<const uint8_t> bytes) {
  const size_t taken = std::min(bytes.size(), takes_at_most);
  for (size_t i = 0; i < taken; ++i) wrong = wrong || bytes[i] != pattern(peer_seed, received + i);
  received += taken;
  if (takes_at_most != SIZE_MAX) takes_at_most -= taken;
  return taken;
}

void Peer::on_established(Connection& with) {
  established = true;
  connection = &with;
  if (to_send > 0) with.offer(to_send);
  if (closes_at_once) with.close();
}

void Peer::on_peer_closed(Connection& with) {
  peer_closed = true;
  with.close();
}

void Peer::on_acknowledged(Connection& with) {
  if (on_ack) on_ack(with);
}

void Peer::fetch(uint64_t offset, std::span<uint8_t> into) {
  for (size_t i = 0; i < into.size(); ++i) into[i] = pattern(seed, offset + i);
}

class LossyLink::Node : public Host {
 public:
  Node(LossyLink& link, unsigned side) : endpoint(*this, 1), link_(link), side_(side) {}

  uint64_t now_ps() const override { return link_.now_; }
  void set_timer(uint64_t when, uint64_t cookie) override {
    link_.at(when, [this, cookie] { endpoint.on_timer(cookie); });
  }
  bool transmit(unsigned, const host::TxFrame& frame) override;
  void flush(unsigned) override { ++flushes; }
  unsigned room(unsigned, bool) const override {
    return link_.faults.room - std::min(link_.faults.room, in_flight_);
  }

  Endpoint endpoint;
  uint64_t flushes = 0;

 private:
  void put(std::vector<uint8_t> frame, bool last);

  LossyLink& link_;
  unsigned side_;
  unsigned in_flight_ = 0;
};

bool LossyLink::Node::transmit(unsigned, const host::TxFrame& frame) {
  if (room(0, false) == 0) return false;
  ++in_flight_;
  if (frame.tso_mss == 0) {
    put({frame.bytes.begin(), frame.bytes.end()}, true);
    return true;
  }
  const net::Parsed parsed = net::parse_frame(frame.bytes, net::IpLength::kIgnore);
  const auto payload = static_cast<uint32_t>(frame.bytes.size() - parsed.payload_offset);
  const net::SegmentLayout layout{parsed.l3_offset, parsed.l4_offset};
  const uint32_t count = net::segment_count(payload, frame.tso_mss);
  for (uint32_t i = 0; i < count; ++i) {
    const net::SegmentFixup fixup = net::segment_fixup(layout, payload, frame.tso_mss, i);
    std::vector<uint8_t> segment(frame.bytes.begin(), frame.bytes.begin() + parsed.payload_offset);
    const auto from = frame.bytes.begin() + parsed.payload_offset + fixup.payload_offset;
    segment.insert(segment.end(), from, from + fixup.payload_bytes);
    net::fix_segment_headers(segment, fixup);
    put(std::move(segment), i + 1 == count);
  }
  return true;
}

void LossyLink::Node::put(std::vector<uint8_t> frame, bool last) {
  net::update_l4_checksum(frame, net::parse_frame(frame));
  uint64_t& free = link_.wire_free_[side_];
  free = std::max(free, link_.now_) + (frame.size() + 24) * link_.faults.ps_per_byte;
  if (last) {
    link_.at(free, [this] {
      --in_flight_;
      endpoint.on_transmit_room(0);
    });
  }
  if (link_.record) link_.sent[side_].push_back(frame);
  link_.to_wire(side_, std::move(frame));
}

LossyLink::LossyLink(const LinkFaults& link_faults, uint64_t seed) : faults(link_faults), random_(seed) {
  for (unsigned side : {0u, 1u}) nodes_[side] = std::make_unique<Node>(*this, side);
}

LossyLink::~LossyLink() = default;

Endpoint& LossyLink::endpoint(unsigned side) {
  return nodes_[side]->endpoint;
}

Path LossyLink::path(unsigned side, uint16_t client_port, bool v6) {
  Path path;
  path.source.bytes[0] = path.destination.bytes[0] = 2;
  path.source.bytes[5] = 1;
  path.destination.bytes[5] = 2;
  path.flow.is_v6 = v6;
  path.flow.protocol = net::kProtocolTcp;
  path.flow.source[0] = path.flow.destination[0] = 10;
  path.flow.source[3] = 1;
  path.flow.destination[3] = 2;
  path.flow.source_port = client_port;
  path.flow.destination_port = kService;
  if (side == 1) {
    std::swap(path.source, path.destination);
    path.flow = path.flow.reversed();
  }
  return path;
}

void LossyLink::listen(const Setup& setup, Application& application) {
  endpoint(1).listen(kService, [setup, &application](const net::FlowKey&) {
    return Accepted{setup, &application};
  });
}

Connection& LossyLink::connect(const Setup& setup, Application& application) {
  return endpoint(0).connect(setup, application);
}

void LossyLink::at(uint64_t when, std::function<void()> what) {
  events_.push({std::max(when, now_), order_++, std::move(what)});
}

void LossyLink::to_wire(unsigned from, std::vector<uint8_t> frame) {
  if (lose && lose(from, frame)) return;
  if (chance(faults.loss)) return;
  const int copies = chance(faults.duplication) ? 2 : 1;
  if (chance(faults.corruption)) {
    const size_t bit = random_() % ((frame.size() - 14) * 8);
    frame[14 + bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
  }
  for (int i = 0; i < copies; ++i) {
    uint64_t when = wire_free_[from] + faults.delay;
    if (chance(faults.reordering)) when += random_() % (faults.late_by + 1);
    at(when, [this, from, frame] { arrive(1 - from, frame); });
  }
}

void LossyLink::arrive(unsigned side, std::vector<uint8_t> frame) {
  if (!faults.merge) return inject(side, frame);
  if (arrived_[side].empty()) at(now_ + kMergeWindow, [this, side] { deliver(side); });
  arrived_[side].push_back(std::move(frame));
}

void LossyLink::deliver(unsigned side) {
  const std::vector<std::vector<uint8_t>> frames = std::move(arrived_[side]);
  arrived_[side].clear();
  for (size_t i = 0; i < frames.size();) {
    std::vector<uint8_t> frame = frames[i++];
    while (i < frames.size() && merge(frame, frames[i])) {
      ++merged;
      ++i;
    }
    inject(side, frame);
  }
}

void LossyLink::inject(unsigned side, std::span<const uint8_t> frame) {
  host::RxInfo info;
  info.now_ps = now_;
  const net::Parsed parsed = net::parse_frame(frame);
  // A device that says nothing leaves it to the stack.
  info.l4_checksum_ok = parsed.ip_checksum_ok && net::l4_checksum_ok(frame, parsed) && random_() % 4 != 0;
  endpoint(side).receive(frame, info);
}

bool LossyLink::run(uint64_t limit) {
  while (!events_.empty()) {
    if (events_.top().when > limit) {
      now_ = std::max(now_, limit);
      return false;
    }
    const Event event = events_.top();
    events_.pop();
    now_ = event.when;
    event.what();
  }
  return true;
}

}  // namespace pspnic::tcp
