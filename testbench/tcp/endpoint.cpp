// SPDX-License-Identifier: Apache-2.0
#include "testbench/tcp/endpoint.h"

#include <bit>
#include <utility>

#include "model/net/checksum.h"
#include "model/net/ethernet.h"

namespace pspnic::tcp {
namespace {

constexpr size_t kFrameMemory = 64 * 1024 + kMaxHeaderBytes;
constexpr uint32_t kQuantum = 16 * 1024;  // bytes a connection may send before it is the next one's turn
constexpr uint64_t kServiceCookie = UINT64_MAX;

}  // namespace

void Endpoint::Turns::resize(size_t size) {
  std::vector<uint32_t> larger(std::bit_ceil(size));
  for (size_t i = 0; i < count; ++i) larger[i] = ring[(head + i) & (ring.size() - 1)];
  ring = std::move(larger);
  head = 0;
}

Endpoint::Endpoint(Host& host, unsigned queues) : host_(host), frame_(kFrameMemory), turns_(queues) {
  for (Turns& turns : turns_) turns.resize(1);
}

Endpoint::~Endpoint() = default;

void Endpoint::reserve(size_t connections) {
  connections_.reserve(connections);
  slots_.reserve(connections);
  by_flow_.reserve(connections);
}

Connection& Endpoint::make_socket() {
  const auto number = static_cast<uint32_t>(connections_.size());
  connections_.push_back(std::make_unique<Connection>(static_cast<ConnectionPort&>(*this), number));
  slots_.emplace_back();
  for (Turns& turns : turns_) {
    if (turns.ring.size() < connections_.size()) turns.resize(connections_.size());
  }
  return *connections_.back();
}

Connection& Endpoint::make(const net::FlowKey& flow) {
  Connection& connection = make_socket();
  by_flow_.insert_or_assign(flow, connection.number());
  return connection;
}

Connection& Endpoint::connect(const Setup& setup, Application& application) {
  Connection& connection = make_socket();
  connect(connection, setup, application);
  return connection;
}

void Endpoint::connect(Connection& socket, const Setup& setup, Application& application) {
  by_flow_.insert_or_assign(setup.path.flow, socket.number());
  socket.open(setup, application);
}

void Endpoint::listen(uint16_t port, Listener listener) {
  listeners_.insert_or_assign(port, std::move(listener));
}

bool Endpoint::checksum_right(std::span<const uint8_t> frame, const net::Parsed& parsed,
                              const host::RxInfo& info) {
  if (info.l4_checksum_ok) {
    ++counters_.checked_by_device;
    return true;
  }
  if (parsed.ip_checksum_ok && net::l4_checksum_ok(frame, parsed)) {
    ++counters_.checked_in_software;
    return true;
  }
  ++counters_.checksum_wrong;
  return false;
}

bool Endpoint::protection_right(const Connection& connection, const host::RxInfo& info) const {
  const auto& protection = connection.setup().protection;
  return protection ? info.psp && info.spi == protection->receive_spi : !info.psp;
}

Connection* Endpoint::find(const Arrival& arrival) {
  const auto found = by_flow_.find(arrival.answer.flow);
  return found == by_flow_.end() ? nullptr : connections_[found->second].get();
}

// True: a listener made a connection of it.
bool Endpoint::accept(const Arrival& arrival) {
  const Segment& segment = arrival.segment;
  const auto listener = listeners_.find(arrival.answer.flow.source_port);
  const bool opens = segment.has(net::kTcpSyn) && !segment.has(net::kTcpAck) && !segment.has(net::kTcpRst);
  if (listener == listeners_.end() || !opens) return false;
  Accepted accepted = listener->second(arrival.answer.flow.reversed());
  if (accepted.application == nullptr || accepted.setup.protection.has_value() != arrival.psp) return false;
  // A listener that knows the way back, as from a neighbour table, is believed before the Ethernet header of
  // a SYN, which no checksum of TCP covers.
  if (!(accepted.setup.path.flow == arrival.answer.flow)) accepted.setup.path = arrival.answer;
  make(arrival.answer.flow).accept(accepted.setup, *accepted.application, segment);
  return true;
}

void Endpoint::receive(std::span<const uint8_t> frame, const host::RxInfo& info) {
  const net::Parsed parsed = net::parse_frame(frame);
  Arrival arrival;
  if (!parsed.ok() || parsed.l4 != net::L4::kTcp || parsed.fragment ||
      !read_segment(frame, parsed, arrival.segment)) {
    ++counters_.malformed;
    return;
  }
  if (!checksum_right(frame, parsed, info)) return;
  counters_.segments_received += info.segments;
  arrival.answer = {net::ethernet_destination(frame.data()), net::ethernet_source(frame.data()),
                    net::FlowKey::from_frame(frame, parsed)->reversed()};
  arrival.psp = info.psp;
  Connection* connection = find(arrival);
  if (connection != nullptr && !reopens(*connection, arrival)) {
    if (connection->psp() != nullptr) return connection->receive_psp(arrival.segment, frame, info);
    if (!protection_right(*connection, info)) {
      counters_.protection_wrong += info.segments;
      return;
    }
    if (connection->state() == State::kClosed) ++counters_.to_nowhere;
    connection->receive(arrival.segment);
  } else if (!accept(arrival)) {
    ++counters_.to_nowhere;
    refuse(arrival);
  }
}

// The connection that it finds is over then. Without a listener the SYN is challenged like any other.
bool Endpoint::reopens(Connection& connection, const Arrival& arrival) {
  if (!connection.may_reopen(arrival.segment)) return false;
  const auto listener = listeners_.find(arrival.answer.flow.source_port);
  if (listener == listeners_.end() || arrival.psp != connection.setup().protection.has_value()) return false;
  connection.leave_time_wait();
  return true;
}

// It has been counted and checked; the lock is open.
void Endpoint::receive_again(std::span<const uint8_t> frame, const host::RxInfo& info) {
  const net::Parsed parsed = net::parse_frame(frame);
  Arrival arrival;
  if (!read_segment(frame, parsed, arrival.segment)) return;
  arrival.answer.flow = net::FlowKey::from_frame(frame, parsed)->reversed();
  if (Connection* connection = find(arrival)) connection->receive_psp(arrival.segment, frame, info);
}

// In clear to what came in clear; there is no SA for another answer.
void Endpoint::refuse(const Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (arrival.psp || segment.has(net::kTcpRst)) return;
  Segment reset;
  reset.flags = net::kTcpRst;
  if (segment.has(net::kTcpAck)) {
    reset.sequence = segment.ack;
  } else {
    reset.flags |= net::kTcpAck;
    reset.ack = segment.sequence + segment.length();
  }
  host::TxFrame answer;
  answer.bytes = {frame_.data(), HeaderTemplate(arrival.answer).write(frame_.data(), reset, 0, 1)};
  answer.checksum_offload = true;
  if (!host_.transmit(0, answer)) return;
  ++counters_.segments_sent;
  ++counters_.resets_sent;
  turns_[0].unflushed = true;
  serve_soon(0);
}

bool Endpoint::transmit(const Connection& connection, const host::TxFrame& frame) {
  const unsigned queue = connection.setup().queue;
  if (!host_.transmit(queue, frame)) return false;
  turns_[queue].unflushed = true;
  serve_soon(queue);
  return true;
}

void Endpoint::want_output(Connection& connection) {
  Slot& slot = slots_[connection.number()];
  if (slot.queued) return;
  slot.queued = true;
  turns_[connection.setup().queue].push(connection.number());
  serve_soon(connection.setup().queue);
}

// Once a batch of received frames: one doorbell for all that they cause.
void Endpoint::serve_soon(unsigned queue) {
  if (service_set_ || serving_ == static_cast<int>(queue)) return;
  service_set_ = true;
  host_.set_timer(host_.now_ps(), kServiceCookie);
}

void Endpoint::serve(unsigned queue) {
  Turns& turns = turns_[queue];
  serving_ = static_cast<int>(queue);
  // Who has no room stays; nobody behind it would find any.
  while (turns.count > 0 && host_.room(queue, false) > 0) {
    const uint32_t number = turns.pop();
    slots_[number].queued = false;
    const bool more = connections_[number]->output(kQuantum);
    if (more && !slots_[number].queued) {
      slots_[number].queued = true;
      turns.push(number);
      if (host_.room(queue, connections_[number]->setup().config.tso_bytes > 0) == 0) break;
    }
  }
  serving_ = -1;
  if (turns.unflushed) {
    turns.unflushed = false;
    host_.flush(queue);
  }
}

void Endpoint::on_transmit_room(unsigned queue) {
  if (queue < turns_.size() && turns_[queue].count > 0) serve(queue);
}

// A timer that was overtaken by an earlier one finds another time in its slot, and nothing to do.
void Endpoint::want_timer(Connection& connection, uint64_t when) {
  Slot& slot = slots_[connection.number()];
  if (slot.timer <= when) return;
  slot.timer = when;
  host_.set_timer(when, connection.number());
}

void Endpoint::on_timer(uint64_t cookie) {
  if (cookie == kServiceCookie) {
    service_set_ = false;
    for (unsigned queue = 0; queue < turns_.size(); ++queue) serve(queue);
    return;
  }
  Slot& slot = slots_[static_cast<size_t>(cookie)];
  if (slot.timer > host_.now_ps()) return;
  slot.timer = kNever;
  connections_[static_cast<size_t>(cookie)]->on_timer();
}

}  // namespace pspnic::tcp
