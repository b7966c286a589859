// SPDX-License-Identifier: Apache-2.0
#include "model/rx/coalescer.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "model/idpf/virtchnl2_caps.h"
#include "model/net/ethernet.h"
#include "model/net/tcp.h"
#include "model/rx/inner_headers.h"
#include "model/rx/psp_strip.h"

namespace pspnic::rx {

namespace {

constexpr unsigned kIndexBits = 16;  // of a timer's argument; 65536 contexts
constexpr uint64_t kIndexMask = (1u << kIndexBits) - 1;
constexpr uint32_t kMaxEthernetBytes = net::kEthernetHeaderBytes + net::kMaxVlanTags * net::kVlanTagBytes;

bool wants_strip(const idpf::RxCompletion& metadata) {
  return (metadata.status0 & idpf::kRxPspStripped) != 0;
}

bool wanted(uint32_t rsc_caps, bool v6) {
  return (rsc_caps & (v6 ? idpf::kRscIpv6Tcp : idpf::kRscIpv4Tcp)) != 0;
}

}  // namespace

Coalescer::Coalescer(base::StatGroup& parent, const GroParams& params, base::Frequency clock,
                     const Ports& ports)
    : params_(params),
      ports_(ports),
      stats_(parent),
      service_{base::Clock(clock).cycles(params.cycles), base::Clock(clock).cycles(params.latency_cycles)},
      sets_(params.contexts / params.ways),
      contexts_(params.contexts),
      arrivals_(ports.events, base::Callback::to<&Coalescer::on_packet>(*this)),
      timeouts_(ports.events, base::Callback::to<&Coalescer::on_timeout>(*this)) {
  if (params.contexts % params.ways != 0) {
    throw std::invalid_argument("gro.contexts: " + std::to_string(params.contexts) +
                                " is no multiple of gro.ways = " + std::to_string(params.ways));
  }
}

void Coalescer::take(uint16_t queue, base::PacketPtr packet, const idpf::RxCompletion& metadata,
                     const SealedBy& sealed_by) {
  const bool coalesced = ports_.queues.rsc(queue) != 0;
  if (!coalesced && !wants_strip(metadata) && !ports_.queues.header_split(queue)) {
    ports_.queues.deliver(queue, std::move(packet), metadata);
  } else {
    work_on({queue, std::move(packet), metadata, sealed_by});
  }
}

void Coalescer::work_on(Item item) {
  if (wants_strip(item.metadata) && !may_strip_psp(item.packet->bytes())) {
    item.metadata.status0 &= static_cast<uint8_t>(~idpf::kRxPspStripped);
  }
  if (ports_.queues.rsc(item.queue) == 0) {
    deliver(item);
    return;
  }
  const base::Time now = ports_.events.now();
  stats_.packets++;
  item.packet->coalescing_since = now;
  stage_.push(std::move(item));
  const base::Time start = std::max(now, free_at_);
  free_at_ = start + service_.occupancy;
  stats_.busy_time += service_.occupancy;
  arrivals_.push(start + service_.latency);
}

void Coalescer::on_packet(uint64_t) {
  Item item = stage_.pop();
  const GroSegment segment = gro_segment(item.packet->bytes(), item.metadata, item.queue, item.sealed_by);
  switch (segment.kind) {
    case GroSegment::Kind::kOther:
      hand_on(item);
      return;
    case GroSegment::Kind::kFragment:
      flush_queue(item.queue, GroFlush::kFragment);
      hand_on(item);
      return;
    case GroSegment::Kind::kApart:
      if (const uint32_t index = find(segment.flow); index != kNone) flush(index, segment.why);
      hand_on(item);
      return;
    case GroSegment::Kind::kMergeable:
      merge(item, segment);
      return;
  }
}

void Coalescer::merge(Item& item, const GroSegment& segment) {
  const uint32_t index = find(segment.flow);
  if (index != kNone) {
    if (ports_.events.now() >= contexts_[index].deadline) {
      flush(index, GroFlush::kTimeout);  // due now: the timer's event stands behind this one
    } else if (append(contexts_[index], item, segment)) {
      end_if_full(index);
      relieve();
      return;
    }
  }
  open(item, segment);
}

// False: it must not follow, and the context has been handed on.
bool Coalescer::append(Context& context, Item& item, const GroSegment& segment) {
  const auto refused = context.aggregate.refuses(segment, item.metadata, limits(item.queue));
  if (refused) {
    flush(static_cast<uint32_t>(&context - contexts_.data()), *refused);
    return false;
  }
  context.aggregate.add(segment);
  item.packet->keep(segment.at.payload, segment.at.end);
  stats_.merged++;
  const uint32_t bytes = item.packet->buffered_bytes;
  context.buffered_bytes += bytes;
  held_bytes_ += bytes;
  stats_.held.add(ports_.events.now(), bytes);
  context.last->next = std::move(item.packet);
  context.last = context.last->next.get();
  return true;
}

void Coalescer::end_if_full(uint32_t index) {
  const Context& context = contexts_[index];
  if (const auto end = context.aggregate.ends(limits(context.item.queue))) flush(index, *end);
}

void Coalescer::open(Item& item, const GroSegment& segment) {
  const bool growing = (segment.flags & net::kTcpPsh) == 0 && ports_.queues.enabled(item.queue) &&
                       wanted(ports_.queues.rsc(item.queue), segment.at.inner_v6);
  const uint32_t index = growing ? find_room(segment.flow) : kNone;
  if (index == kNone) {
    hand_on(item);
    return;
  }
  const base::Time now = ports_.events.now();
  Context& context = contexts_[index];
  context.open = true;
  context.serial = ++serial_;
  context.deadline = now + params_.timeout.ps;
  context.flow = segment.flow;
  context.aggregate.open(segment, item.metadata);
  context.item = std::move(item);
  context.last = context.item.packet.get();
  context.buffered_bytes = context.last->buffered_bytes;
  held_bytes_ += context.buffered_bytes;
  stats_.held.add(now, context.buffered_bytes);
  stats_.contexts.add(now, 1);
  link(index);
  timeouts_.push(context.deadline, context.serial << kIndexBits | index);
  relieve();
}

void Coalescer::relieve() {
  while (held_bytes_ > params_.hold.bytes && oldest_ != kNone) flush(oldest_, GroFlush::kPressure);
}

void Coalescer::on_timeout(uint64_t argument) {
  const auto index = static_cast<uint32_t>(argument & kIndexMask);
  const Context& context = contexts_[index];
  if (context.open && context.serial == argument >> kIndexBits) flush(index, GroFlush::kTimeout);
}

void Coalescer::flush(uint32_t index, GroFlush why) {
  Context& context = contexts_[index];
  const base::Time now = ports_.events.now();
  unlink(index);
  context.open = false;
  held_bytes_ -= context.buffered_bytes;
  stats_.held.sub(now, context.buffered_bytes);
  stats_.contexts.sub(now, 1);
  stats_.flushes.add(why);
  Item item = std::move(context.item);
  const GroAggregate& aggregate = context.aggregate;
  if (aggregate.segments() > 1) {
    stats_.aggregates++;
    base::Packet& head = *item.packet;
    if (wants_strip(item.metadata)) strip_psp(head, item.metadata);
    // Neither padding nor an ICV between the payloads.
    head.resize(aggregate.header_bytes() + aggregate.segment_bytes());
    item.metadata.psp_icv_stripped = item.metadata.psp_status == idpf::PspRxStatus::kOk;
    aggregate.finish(head.bytes());
    if (ports_.queues.header_split(item.queue)) {
      item.metadata.header_length = static_cast<uint16_t>(aggregate.header_bytes());
    }
    item.metadata.rsc = true;
    item.metadata.raw_csum = static_cast<uint16_t>(aggregate.segment_bytes());
  }
  hand_on(item);
}

void Coalescer::flush_queue(uint16_t queue, GroFlush why) {
  for (uint32_t index = oldest_; index != kNone;) {
    const uint32_t newer = contexts_[index].newer;
    if (contexts_[index].item.queue == queue) flush(index, why);
    index = newer;
  }
}

void Coalescer::hand_on(Item& item) {
  const base::Time now = ports_.events.now();
  uint64_t segments = 0;
  for (const base::Packet* packet = item.packet.get(); packet != nullptr; packet = packet->next.get()) {
    stats_.added_latency.record(now - packet->coalescing_since);
    ++segments;
  }
  stats_.segments.record(segments);
  deliver(item);
}

void Coalescer::deliver(Item& item) {
  if (wants_strip(item.metadata) && !item.metadata.rsc) strip_psp(*item.packet, item.metadata);
  if (ports_.queues.header_split(item.queue) && !item.metadata.rsc) {
    const bool encapsulated =
        item.metadata.psp_status == idpf::PspRxStatus::kOk && !wants_strip(item.metadata);
    item.metadata.header_length = find_inner_headers(item.packet->bytes(), encapsulated).payload;
  }
  ports_.queues.deliver(item.queue, std::move(item.packet), item.metadata);
}

void Coalescer::drain(uint16_t queue) {
  flush_queue(queue, GroFlush::kDrain);
}

bool Coalescer::holds(uint16_t first_queue, uint16_t queues) const {
  const auto theirs = [&](const Item& item) {
    return item.queue >= first_queue && item.queue - first_queue < queues;
  };
  for (size_t i = 0; i < stage_.size(); ++i) {
    if (theirs(stage_[i])) return true;
  }
  return std::any_of(contexts_.begin(), contexts_.end(),
                     [&](const Context& context) { return context.open && theirs(context.item); });
}

void Coalescer::reset() {
  for (Context& context : contexts_) {
    context.open = false;
    context.item.packet.reset();
  }
  oldest_ = newest_ = kNone;
  held_bytes_ = 0;
  stats_.held.set(ports_.events.now(), 0);
  stats_.contexts.set(ports_.events.now(), 0);
  stage_.clear();
  arrivals_.clear();
  timeouts_.clear();
}

uint32_t Coalescer::find(const GroFlow& flow) const {
  const uint32_t first = first_way(flow);
  for (uint32_t index = first; index < first + params_.ways; ++index) {
    if (contexts_[index].open && contexts_[index].flow == flow) return index;
  }
  return kNone;
}

// A context for a flow that has none; kNone if it gets none.
uint32_t Coalescer::find_room(const GroFlow& flow) {
  const uint32_t first = first_way(flow);
  uint32_t oldest = first;
  for (uint32_t index = first; index < first + params_.ways; ++index) {
    if (!contexts_[index].open) return index;
    if (contexts_[index].serial < contexts_[oldest].serial) oldest = index;
  }
  if (params_.miss == GroParams::Miss::kPass) {
    stats_.passed++;
    return kNone;
  }
  flush(oldest, GroFlush::kEviction);
  return oldest;
}

GroLimits Coalescer::limits(uint16_t queue) const {
  const uint32_t room = ports_.queues.max_merged_bytes(queue);
  const uint32_t ip_bytes = room > kMaxEthernetBytes ? room - kMaxEthernetBytes : 0;
  return {std::min(params_.limit_bytes, ip_bytes), params_.limit_segments};
}

void Coalescer::link(uint32_t index) {
  Context& context = contexts_[index];
  context.older = newest_;
  context.newer = kNone;
  (newest_ == kNone ? oldest_ : contexts_[newest_].newer) = index;
  newest_ = index;
}

void Coalescer::unlink(uint32_t index) {
  const Context& context = contexts_[index];
  (context.older == kNone ? oldest_ : contexts_[context.older].newer) = context.newer;
  (context.newer == kNone ? newest_ : contexts_[context.newer].older) = context.older;
}

}  // namespace pspnic::rx
