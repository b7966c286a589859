// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/tcp_side.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "model/net/bytes.h"

namespace pspnic::bench {

namespace {

constexpr char kNames[kSides] = {'A', 'B'};

// Different in every run's connections, the same in every run. The first one wraps soon.
uint32_t initial_sequence(unsigned number, Side side) {
  return 0xffff8000u + (2 * number + side) * 0x9e3779b9u;
}

std::string ending(const std::optional<tcp::End>& end, unsigned retries) {
  if (!end) return "has not ended";
  switch (*end) {
    case tcp::End::kClosed:
      return "was closed";
    case tcp::End::kAborted:
      return "was aborted by this host";
    case tcp::End::kReset:
      return "was reset by the peer, which had given it up or no longer knew it";
    case tcp::End::kTimedOut:
      break;
  }
  return fmt::format("was given up: the peer answered none of {} retransmissions or probes", retries);
}

}  // namespace

TcpPattern::TcpPattern(net::Payload payload) : payload_(payload), table_(2 * kPeriod) {
  uint32_t state = 1;
  for (size_t i = 0; i < kPeriod; ++i) {
    state = state * 1664525 + 1013904223;  // any generator will do; this is Numerical Recipes'
    table_[i] = table_[i + kPeriod] = static_cast<uint8_t>(state >> 24);
  }
}

void TcpPattern::copy(unsigned stream, uint64_t offset, std::span<uint8_t> into) const {
  if (payload_ == net::Payload::kLengths) return;
  while (!into.empty()) {
    const size_t piece = std::min(into.size(), kPeriod);
    std::memcpy(into.data(), table_.data() + place(stream, offset), piece);
    into = into.subspan(piece);
    offset += piece;
  }
}

bool TcpPattern::equal(unsigned stream, uint64_t offset, std::span<const uint8_t> bytes) const {
  if (payload_ == net::Payload::kLengths) return true;
  while (!bytes.empty()) {
    const size_t piece = std::min(bytes.size(), kPeriod);
    if (std::memcmp(bytes.data(), table_.data() + place(stream, offset), piece) != 0) return false;
    bytes = bytes.subspan(piece);
    offset += piece;
  }
  return true;
}

size_t TcpFlow::on_data(std::span<const uint8_t> bytes) {
  upgrade_ ? upgrade_->on_bytes(bytes) : take(bytes);
  return bytes.size();
}

void TcpFlow::take(std::span<const uint8_t> bytes) {
  TcpSide& from = *side_.peer_;
  TcpFlow& sender = from.flows_[number_];
  DirectionOutcome& outcome = from.outcome_;
  const bool right = side_.pattern_.equal(side_.stream(number_, from.side_), received, bytes);
  if (!right) {
    ++outcome.corrupted;
    if (!wrong_at_) wrong_at_ = received;
  }
  received += bytes.size();
  outcome.payload_bytes += bytes.size();
  const base::Time now = side_.now_ps();
  outcome.last_received = now;
  while (!sender.stamps_.empty() && sender.stamps_.front().end <= received) {
    outcome.latency.record(now - sender.stamps_.front().sent);
    sender.stamps_.drop();
  }
}

void TcpFlow::on_established(tcp::Connection& connection) {
  established = true;
  connection_ = &connection;
  if (upgrade_) return upgrade_->on_established(connection);
  if (to_send == 0) return;  // closes behind the peer
  connection.offer(to_send - unsent());
  if (!aborts) connection.close();
}

void TcpFlow::on_acknowledged(tcp::Connection& connection) {
  if (upgrade_) upgrade_->on_acknowledged(connection);
  acknowledged = upgrade_ ? upgrade_->acknowledged() : connection.sender().acknowledged_bytes();
  if (aborts && !end && acknowledged >= (to_send + 1) / 2) connection.abort();
}

void TcpFlow::on_end(tcp::Connection& connection, tcp::End how) {
  connection_ = &connection;
  if (upgrade_) upgrade_->on_end();
  end = how;
  side_.on_flow_end();
}

void TcpFlow::fetch(uint64_t offset, std::span<uint8_t> into) {
  upgrade_ ? upgrade_->fetch(offset, into) : give(offset, into);
}

void TcpFlow::give(uint64_t offset, std::span<uint8_t> into) {
  side_.pattern_.copy(side_.stream(number_, side_.side_), offset, into);
  const uint64_t behind = std::min(offset + into.size(), to_send);
  if (behind <= fetched_) return;
  fetched_ = behind;
  stamps_.push({behind, side_.now_ps()});
}

std::string TcpFlow::fault(bool reset_wanted) const {
  const TcpFlow& sender = side_.peer_->flows_[number_];
  const uint64_t promised = reset_wanted ? sender.acknowledged : sender.to_send;
  const tcp::End wanted = !reset_wanted ? tcp::End::kClosed : aborts ? tcp::End::kAborted : tcp::End::kReset;
  const bool upgraded = !upgrade_ || upgrade_->fault().empty();
  // Its SA went with the connection that was aborted: a RST that is lost is not sent again, as under Linux.
  const bool untold = upgrade_ && wanted == tcp::End::kReset && end == tcp::End::kTimedOut;
  if ((end == wanted || untold) && received >= promised && !wrong_at_ && upgraded) return {};
  std::string text =
      fmt::format("connection {}, host {}: {}{}", number_, kNames[side_.side_],
                  established ? "" : "was never established and ", ending(end, side_.params_.retries));
  if (!end && connection_ != nullptr) {
    text += fmt::format(": {} when nothing was left to happen", tcp::text(connection_->state()));
  }
  if (promised > 0) text += fmt::format("; received {} of {} bytes", received, promised);
  if (!upgraded) text += "; " + upgrade_->fault();
  if (wrong_at_) text += fmt::format(", WRONG ones from byte {} on", *wrong_at_);
  return text;
}

TcpSide::TcpSide(const TcpParams& params, Side side, const TcpPattern& pattern, Progress& progress,
                 TcpPspHost* psp)
    : params_(params), side_(side), pattern_(pattern), progress_(progress), psp_(psp) {
  flows_.reserve(params.connections);
  const bool sends = side == kA || params.both_ways;
  outcome_.tcp.emplace();
  for (unsigned number = 0; number < params.connections; ++number) {
    TcpFlow& flow = flows_.emplace_back(*this, number);
    flow.to_send = sends ? params.bytes.bytes : 0;
    flow.aborts = side == kA && aborts(number);
    outcome_.tcp->offered_bytes += flow.to_send;
    if (psp_ == nullptr) continue;
    const TcpUpgrade::Wanted wanted{flow.to_send, flow.unsent(), sends && !flow.aborts,
                                    2 * params.window.bytes, params.rotation_period.ps > 0};
    flow.upgrade_ = std::make_unique<TcpUpgrade>(
        *psp_, wanted, [&flow](std::span<const uint8_t> bytes) { flow.take(bytes); },
        [&flow](uint64_t offset, std::span<uint8_t> into) { flow.give(offset, into); });
  }
  const uint32_t mss = tcp_sealed_segment_bytes(params);
  outcome_.offered = flows_.size() * ((flows_.front().to_send + mss - 1) / mss);
}

// Spread evenly over the connections.
bool TcpSide::aborts(unsigned number) const {
  return std::floor((number + 1) * params_.reset_share) > std::floor(number * params_.reset_share);
}

void TcpSide::prepare(Platform& platform, std::vector<SaLink> links) {
  platform_ = &platform;
  links_ = std::move(links);
  endpoint_ =
      std::make_unique<tcp::Endpoint>(static_cast<tcp::Host&>(*this), platform.driver(side_).queue_pairs());
  endpoint_->reserve(flows_.size());
  if (psp_ == nullptr) return;
  psp_->start(platform, *endpoint_);
  for (unsigned number = 0; number < flows_.size(); ++number) {
    net::FlowKey flow = path(number).flow;
    if (side_ == kB) std::swap(flow.source_port, flow.destination_port);
    psp_->begin_in_clear(flow);
  }
}

void TcpSide::begin() {
  if (psp_ != nullptr) psp_->begin(*this);
}

bool TcpSide::may_rotate() const {
  return std::all_of(flows_.begin(), flows_.end(),
                     [](const TcpFlow& flow) { return flow.upgrade()->moved(); });
}

void TcpSide::on_rotated() {
  for (TcpFlow& flow : flows_) flow.upgrade_->rekey();
}

tcp::Path TcpSide::path(unsigned number) const {
  tcp::Path path;
  path.source = platform_->driver(side_).mac();
  path.destination = platform_->driver(other(side_)).mac();
  path.flow.is_v6 = params_.ipv6;
  path.flow.protocol = net::kProtocolTcp;
  path.flow.source_port = static_cast<uint16_t>(kFirstPort + number);
  path.flow.destination_port = kService;
  const size_t last = params_.ipv6 ? 15 : 3;
  for (auto* address : {&path.flow.source, &path.flow.destination}) {
    net::store_be32(address->data(), params_.ipv6 ? 0x20010db8 : 0xc0000200);  // for documentation
  }
  path.flow.source[last] = static_cast<uint8_t>(side_ == kA ? 1 : 2);
  path.flow.destination[last] = static_cast<uint8_t>(side_ == kA ? 2 : 1);
  return path;
}

tcp::Setup TcpSide::setup(unsigned number) const {
  tcp::Setup setup;
  setup.path = path(number);
  setup.queue = number % platform_->driver(side_).queue_pairs();
  setup.initial_sequence = initial_sequence(number, side_);
  setup.timestamp_offset = number * 1000003;
  tcp::Config& config = setup.config;
  config.mss = tcp_segment_bytes(params_);
  config.window = static_cast<uint32_t>(params_.window.bytes);
  config.timestamps = params_.timestamps;
  config.tso_bytes = static_cast<uint32_t>(params_.tso.bytes);
  config.rto_min = params_.rto_min.ps;
  config.rto_max = std::max(config.rto_max, config.rto_min);
  config.retries = params_.retries;
  config.delayed_ack = params_.delayed_ack.ps;
  config.ack_every = params_.ack_every;
  config.time_wait = params_.time_wait.ps;
  config.keep_alive = params_.keep_alive.ps;
  if (!links_.empty()) {
    const SaLink& send = links_[number];
    setup.protection = {send.handle, send.spi, send.version, peer_->links_[number].spi};
  }
  return setup;
}

void TcpSide::listen() {
  endpoint_->listen(kService, [this](const net::FlowKey& from) -> tcp::Accepted {
    const unsigned number = from.source_port - unsigned{kFirstPort};
    if (number >= flows_.size()) return {};
    tcp::Setup answer = setup(number);
    answer.path.flow = from.reversed();
    return {answer, &flows_[number]};
  });
}

void TcpSide::open_all() {
  for (unsigned number = 0; number < flows_.size(); ++number) {
    endpoint_->connect(setup(number), flows_[number]);
  }
}

void TcpSide::on_receive(std::span<const uint8_t> frame, const host::RxInfo& info) {
  DirectionOutcome& outcome = peer_->outcome_;
  outcome.received += info.segments;
  if (info.psp) outcome.received_psp += info.segments;
  outcome.frame_bytes += frame.size();
  endpoint_->receive(frame, info);
  progress_.step(info.now_ps, outcome_.payload_bytes + peer_->outcome_.payload_bytes);
}

void TcpSide::set_timer(uint64_t when_ps, uint64_t cookie) {
  platform_->events().schedule_look(when_ps, base::Callback::to<&TcpSide::on_timer>(*this), cookie);
}

bool TcpSide::transmit(unsigned queue, const host::TxFrame& frame) {
  if (!platform_->driver(side_).transmit(queue, frame)) return false;
  uint64_t packets = 1;
  if (frame.tso_mss > 0) {
    const net::Parsed parsed = net::parse_frame(frame.bytes, net::IpLength::kIgnore);
    packets = (frame.bytes.size() - parsed.payload_offset + frame.tso_mss - 1) / frame.tso_mss;
  }
  if (outcome_.sent == 0) outcome_.first_sent = now_ps();
  outcome_.sent += packets;
  if (frame.sa) outcome_.sent_psp += packets;
  return true;
}

// What follows the last end, TIME-WAIT and timers that find nothing to do, is not part of the measurement.
void TcpSide::on_flow_end() {
  ++ended_;
  if (!all_ended() || !peer_->all_ended()) return;
  platform_->finish();
  for (TcpSide* side : {this, peer_}) {
    if (side->psp_ != nullptr) side->psp_->finish();
  }
}

void TcpSide::conclude() {
  TcpOutcome& tcp = *outcome_.tcp;
  tcp.counters = endpoint_->counters();
  if (psp_ != nullptr) {
    tcp.psp = psp_->outcome(*endpoint_);
    outcome_.clear = {{"before the upgrade", outcome_.sent - outcome_.sent_psp}};
  }
  const tcp::Counters& taken = peer_->endpoint_->counters();
  outcome_.verified = taken.segments_received - taken.protection_wrong;
  tcp.came_again = taken.duplicates;
  tcp.delivered_bytes = outcome_.payload_bytes;
  tcp.undelivered_bytes = tcp.withdrawn_bytes = 0;
  for (unsigned number = 0; number < flows_.size(); ++number) {
    const bool reset = aborts(number);
    const uint64_t promised = reset ? flows_[number].acknowledged : flows_[number].to_send;
    const uint64_t received = peer_->flows_[number].received;
    tcp.undelivered_bytes += promised - std::min(promised, received);
    if (reset) tcp.withdrawn_bytes += flows_[number].to_send - std::max(promised, received);
  }
}

}  // namespace pspnic::bench
