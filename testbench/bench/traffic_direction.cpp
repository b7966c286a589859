// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/traffic_direction.h"

#include <algorithm>

#include "model/mac/wire_bytes.h"
#include "model/net/checksum.h"
#include "model/net/parse.h"

namespace pspnic::bench {

namespace {

using ArrivalKind = traffic::ArrivalParams::Kind;

constexpr uint64_t kPartsOfSide = uint64_t{1} << 32;  // queues of a direction have parts of their own

const TrafficSideParams& side_params(const TrafficParams& params, Side side) {
  return side == kA ? params.a : params.b;
}

}  // namespace

TrafficDirection::TrafficDirection(const TrafficParams& params, Side from,
                                   const traffic::SizeDistribution& sizes, uint64_t messages, uint64_t seed)
    : params_(params),
      arrivals_(side_params(params_, from).arrivals),
      from_(from),
      sends_(params.rpc.outstanding > 0 || arrivals_.kind != ArrivalKind::kNone),
      sizes_(sizes),
      frames_(params, from),
      mode_(params.mode, from),
      psp_bytes_(params.psp ? psp_overhead_bytes(params.mode) : 0),
      seed_(seed),
      messages_left_(messages),
      flows_(sends_ ? params.flows : 0) {
  offer_.open_loop = params.rpc.outstanding == 0 && arrivals_.open_loop();
  if (offer_.open_loop || params.rpc.outstanding > 0) {
    latency_from_ = LatencyFrom::kOffer;
  } else if (sizes_.largest() > TrafficFrames::most_payload(params)) {
    latency_from_ = LatencyFrom::kMessage;
  }
}

void TrafficDirection::prepare(Platform& platform, KeyLog& keys) {
  platform_ = &platform;
  const HostDrivers& receiver = platform.drivers(platform.peer(from_));
  queues_.resize(platform.drivers(from_).queue_pairs());
  stops_.resize(queues_.size());
  vports_.prepare(receiver);
  for (uint32_t number = 0; number < flows_.size(); ++number) {
    const unsigned vport = vports_.vport_of(number % vports_.queues());
    flows_[number].vport = vport;
    frames_.set_ends(number, platform.drivers(from_).mac(vport), receiver.mac(vport));
  }
  agree_on_keys(keys);
}

void TrafficDirection::agree_on_keys(KeyLog& keys) {
  if (!params_.psp || !sends_) return;
  const auto links =
      exchange_keys(*platform_, from_, static_cast<psp::Version>(params_.psp_version), params_.flows, keys);
  for (size_t i = 0; i < flows_.size(); ++i) flows_[i].sa = links[i];
}

void TrafficDirection::start(base::Time end) {
  begin_ = platform_->events().now();
  end_ = end;
  if (!sends_ || params_.rpc.outstanding > 0) return;
  const std::vector<double> weights = traffic::zipf_weights(params_.flows, params_.zipf);
  const uint64_t part = from_ * kPartsOfSide;
  if (offer_.open_loop) {
    sequence_.emplace(weights, sizes_, seed_, part);
    start_open_loop(begin_);
    return;
  }
  for (size_t queue = 0; queue < std::min(queues_.size(), flows_.size()); ++queue) {
    std::vector<double> own;
    for (size_t flow = queue; flow < flows_.size(); flow += queues_.size()) own.push_back(weights[flow]);
    queues_[queue].sequence.emplace(own, sizes_, seed_, part + queue);
  }
  fill_all();
}

void TrafficDirection::start_open_loop(base::Time now) {
  double mean_bits = 0;
  double weights = 0;
  for (const traffic::SizeEntry& entry : sizes_.entries()) {
    mean_bits += entry.weight * bits_of(entry.bytes);
    weights += entry.weight;
  }
  process_.emplace(arrivals_, mean_bits / weights, seed_, from_ * kPartsOfSide);
  const base::Time due = now + static_cast<base::Time>(process_->next(0));
  if (messages_left_ > 0 && due < end_) {
    platform_->events().schedule(due, base::Callback::to<&TrafficDirection::on_arrival>(*this));
  }
}

void TrafficDirection::on_arrival(uint64_t) {
  const traffic::MessageSize next = sequence_->next();
  --messages_left_;
  schedule_next(next.bytes);
  offer({.flow = next.flow, .bytes = next.bytes, .born = platform_->events().now()}, next.raised);
}

void TrafficDirection::schedule_next(uint32_t bytes) {
  const base::Time due = begin_ + static_cast<base::Time>(process_->next(bits_of(bytes)));
  offer_.offered_for = std::min(due, end_) - begin_;
  if (messages_left_ > 0 && due < end_) platform_->events().again(due, 0);
}

void TrafficDirection::offer(const TrafficMessage& message, bool raised) {
  note_offer(message, raised);
  const auto number = static_cast<unsigned>(message.flow % queues_.size());
  Queue& queue = queues_[number];
  if (queue.waiting.size() >= params_.backlog) {
    packets_not_sent_ += sizes_.packets_of(message.bytes);
    return;
  }
  queue.waiting.push(message);
  // Others wait: there is no room.
  if (queue.waiting.size() == 1) fill(number);
  offer_.most_waiting = std::max<uint64_t>(offer_.most_waiting, queue.waiting.size());
}

void TrafficDirection::note_offer(const TrafficMessage& message, bool raised) {
  offer_.smallest = offer_.messages == 0 ? message.bytes : std::min(offer_.smallest, message.bytes);
  offer_.largest = std::max(offer_.largest, message.bytes);
  ++offer_.messages;
  if (raised) ++offer_.raised;
  for (uint32_t done = 0; done < message.bytes; done += params_.mss) {
    add(offer_.offered, std::min(params_.mss, message.bytes - done));
  }
}

void TrafficDirection::forget_in_flight() {
  for (Queue& queue : queues_) queue.in_flight = 0;
}

void TrafficDirection::fill_all() {
  for (unsigned queue = 0; queue < queues_.size(); ++queue) fill(queue);
}

// Back to back a message is made when there is room for it, so that it has not waited.
bool TrafficDirection::take_next(unsigned number) {
  Queue& queue = queues_[number];
  const base::Time now = platform_->events().now();
  if (!queue.sequence || messages_left_ == 0 || now >= end_) return false;
  --messages_left_;
  const traffic::MessageSize next = queue.sequence->next();
  const auto flow = static_cast<uint32_t>(number + next.flow * queues_.size());
  queue.waiting.push({.flow = flow, .bytes = next.bytes, .born = now});
  note_offer(queue.waiting.back(), next.raised);
  offer_.offered_for = now - begin_;
  return true;
}

void TrafficDirection::fill(unsigned number) {
  if (!sends_) return;
  Queue& queue = queues_[number];
  bool any = false;
  Stop stop = Stop::kNone;
  while (true) {
    if (queue.waiting.empty()) {
      if (queue.sequence && messages_left_ > 0) stop = stop_of(number, params_.tso);
      if (stop != Stop::kNone || !take_next(number)) break;
    }
    TrafficMessage& message = queue.waiting.front();
    stop = send_part(number, message);
    if (stop != Stop::kNone) break;
    any = true;
    if (message.done == message.bytes) queue.waiting.drop();
  }
  if (any) platform_->drivers(from_).flush(number);
  stops_.note(number, stop, platform_->events().now());
}

Stop TrafficDirection::stop_of(unsigned queue, bool tso) const {
  const uint64_t in_flight = queues_[queue].in_flight;
  if (in_flight > 0 && in_flight >= params_.window.bytes) return Stop::kWindow;
  return platform_->drivers(from_).transmit_room(queue, tso) == 0 ? Stop::kRing : Stop::kNone;
}

Stop TrafficDirection::send_part(unsigned queue, TrafficMessage& message) {
  const uint32_t payload = std::min(message.bytes - message.done, TrafficFrames::most_payload(params_));
  const bool tso = payload > params_.mss;
  if (const Stop stop = stop_of(queue, tso); stop != Stop::kNone) return stop;
  Flow& flow = flows_[message.flow];
  host::TxFrame frame;
  frame.bytes = frames_.make(message.flow,
                             {.born = message.born,
                              .packet = flow.packets,
                              .position = flow.position,
                              .slot = message.slot,
                              .generation = message.generation},
                             payload);
  if (params_.psp) {
    frame.sa = flow.sa.handle;
    frame.spi = flow.sa.spi;
    frame.version = flow.sa.version;
    frame.mode = mode_.mode();
  }
  if (tso) frame.tso_mss = static_cast<uint16_t>(params_.mss);
  frame.checksum_offload = true;
  frame.cookie = frame.bytes.size();
  frame.flow_hash = 0x9e3779b9u * (message.flow + 1);
  if (!platform_->drivers(from_).transmit(queue, frame)) return Stop::kRing;
  queues_[queue].in_flight += frame.bytes.size();
  message.done += payload;
  note_sent(flow, payload, message.born);
  return Stop::kNone;
}

void TrafficDirection::note_sent(Flow& flow, uint32_t payload, base::Time born) {
  const auto packets = static_cast<uint32_t>(sizes_.packets_of(payload));
  const base::Time now = platform_->events().now();
  DirectionOutcome& outcome = vports_[flow.vport];
  if (outcome.sent == 0) outcome.first_sent = now;
  if (latency_from_ != LatencyFrom::kTransmit) flow.waits.sent(packets, now - born);
  outcome.sent += packets;
  if (params_.psp) outcome.sent_psp += packets;
  flow.packets += packets;
  flow.position += payload;
}

void TrafficDirection::receive(std::span<const uint8_t> frame, const host::RxInfo& info) {
  const unsigned vport = vports_.vport_of(info.queue);
  DirectionOutcome& outcome = vports_[vport];
  received_ += info.segments;
  outcome.received += info.segments;
  if (info.psp) outcome.received_psp += info.segments;
  outcome.last_received = info.now_ps;
  const std::optional<uint32_t> flow = frames_.flow_of(frame);
  const uint64_t before = outcome.verified + outcome.duplicated + outcome.corrupted;
  if (flow && *flow < flows_.size() && flows_[*flow].vport == vport && info.psp == params_.psp &&
      (info.segments == 1 || merged_well(frame, info)) && check(*flow, frame, info, outcome)) {
    outcome.frame_bytes += frame.size();
  }
  const uint64_t judged = outcome.verified + outcome.duplicated + outcome.corrupted - before;
  outcome.corrupted += info.segments - judged;
}

// Judges packet after packet, as far as it is known where they begin. False if one was not as it was sent.
bool TrafficDirection::check(uint32_t number, std::span<const uint8_t> frame, const host::RxInfo& info,
                             DirectionOutcome& outcome) {
  Flow& flow = flows_[number];
  std::span<const uint8_t> rest = frames_.payload_of(frame);
  const uint32_t least = TrafficFrames::stamp_bytes(params_);
  uint32_t first = 0;
  uint32_t position = 0;
  for (unsigned i = 0; i < info.segments; ++i) {
    if (rest.size() < least) return false;
    const TrafficStamp stamp = frames_.read(rest);
    if (stamp.bytes < least || stamp.bytes > rest.size()) return false;
    if (i == 0) {
      first = stamp.packet;
      if (!frames_.headers_match(number, frame, stamp.position)) return false;
    } else if (stamp.packet != first + i || stamp.position != position) {
      return false;  // those that were merged have followed each other
    }
    if (stamp.packet >= flow.packets || (i + 1 == info.segments && stamp.bytes != rest.size())) return false;
    const bool carried = platform_->payload() == net::Payload::kBytes;
    if (carried && !frames_.payload_matches(number, rest.first(stamp.bytes))) return false;
    take(flow, stamp, info, outcome);
    position = stamp.position + stamp.bytes;
    rest = rest.subspan(stamp.bytes);
  }
  return true;
}

void TrafficDirection::take(Flow& flow, const TrafficStamp& stamp, const host::RxInfo& info,
                            DirectionOutcome& outcome) {
  const Arrival arrival = flow.arrivals.take(stamp.packet);
  if (arrival == Arrival::kAgain || arrival == Arrival::kTooOld) {
    (arrival == Arrival::kAgain ? outcome.duplicated : outcome.corrupted)++;
    return;
  }
  if (arrival == Arrival::kLate) outcome.reordered++;
  outcome.verified++;
  outcome.payload_bytes += stamp.bytes;
  outcome.latency.record(info.now_ps - stamp.born);
  if (latency_from_ != LatencyFrom::kTransmit) outcome.host_time += flow.waits.take(stamp.packet);
  add(offer_.carried, stamp.bytes);
  if (listener_ != nullptr) listener_->on_packet(from_, stamp);
}

// The headers of a merged frame are right for it.
bool TrafficDirection::merged_well(std::span<const uint8_t> frame, const host::RxInfo& info) const {
  const net::Parsed parsed = net::parse_frame(frame);
  return info.segment_bytes <= params_.mss && parsed.ip_checksum_ok &&
         net::check_l4_checksum(frame, parsed, platform_->payload()) == net::L4Checksum::kGood;
}

void TrafficDirection::add(TrafficLoad& load, uint32_t payload) const {
  const uint32_t frame = frames_.header_bytes() + payload;
  load.packets++;
  load.payload_bytes += payload;
  load.frame_bytes += frame + net::kFcsBytes;
  load.wire_bytes += mac::wire_bytes(frame + psp_bytes_);
}

// Of a message, as its rate counts them.
double TrafficDirection::bits_of(uint32_t bytes) const {
  using RateOf = traffic::ArrivalParams::RateOf;
  if (arrivals_.rate_of == RateOf::kPayload) return 8.0 * bytes;
  TrafficLoad load;
  for (uint32_t done = 0; done < bytes; done += params_.mss) add(load, std::min(params_.mss, bytes - done));
  return 8.0 * static_cast<double>(arrivals_.rate_of == RateOf::kFrame ? load.frame_bytes : load.wire_bytes);
}

const DirectionOutcome& TrafficDirection::outcome() const {
  sum_ = vports_.sum(offer_.offered.packets);
  sum_.latency_from = latency_from_;
  if (packets_not_sent_ > 0) sum_.not_sent.emplace_back("the host's backlog was full", packets_not_sent_);
  return sum_;
}

TrafficOffer TrafficDirection::offer_outcome() const {
  TrafficOffer offer = offer_;
  const DirectionOutcome& sum = vports_.sum(0);
  if (sum.last_received > sum.first_sent) offer.carried_for = sum.last_received - sum.first_sent;
  return offer;
}

}  // namespace pspnic::bench
