// SPDX-License-Identifier: Apache-2.0
#include "model/queue/rx_queues.h"

#include <algorithm>
#include <utility>

namespace pspnic::queue {

using base::DriverRule;

namespace {

constexpr uint16_t kNobody = 0xffff;  // a queue that was configured anew

}  // namespace

RxQueues::RxQueues(base::StatGroup& parent, const RxQueueParams& params, uint16_t queues,
                   uint16_t buffer_queues, const Ports& ports)
    : ports_(ports),
      buffer_queues_(buffer_queues),
      queues_(queues),
      sources_(size_t{buffer_queues} + queues),
      group_(parent, "rx_queues"),
      ring_reader_{.dma = ports.dma,
                   .kind = pcie::Requester::Kind::kBufferQueue,
                   .done = pcie::ReadCallback::to<&RxQueues::on_descriptors>(*this),
                   .descriptor_bytes = idpf::kRxBufferDescriptorBytes,  // 32 in both models
                   .fetch_descriptors = std::min(params.fetch_descriptors, params.cache_descriptors),
                   .cache_descriptors = params.cache_descriptors,
                   .fetches = fetches_,
                   .descriptors = descriptors_} {}

void RxQueues::configure(uint16_t number, const RxQueueContext& context) {
  Queue& queue = queues_[number];
  for (Source& source : sources_) {
    for (size_t i = 0; i < source.unread.size(); ++i) {
      if (source.unread[i] == number) source.unread[i] = kNobody;
    }
  }
  queue.context = context;
  queue.enabled = false;
  queue.unread = 0;
  queue.position = idpf::RingPosition(context.ring_length);
  queue.waiting.clear();
  if (context.model == idpf::QueueModel::kSingle) {
    queue.context.buffer_queue_1 = queue.context.buffer_queue_2 = own_source(number);
    configure_source(own_source(number), context.ring_address, context.ring_length, context.buffer_bytes);
  }
  if (watch_ != nullptr && context.model == idpf::QueueModel::kSplit) {
    watch_->on_ring_configured({.site = {base::Site::Kind::kRxQueue, number},
                                .address = context.ring_address,
                                .length = context.ring_length,
                                .descriptor_bytes = idpf::kRxCompletionBytes});
  }
  // Queues that share a buffer queue are of one vport.
  for (const uint32_t source : {queue.context.buffer_queue_1, queue.context.buffer_queue_2}) {
    if (source >= sources_.size()) continue;
    sources_[source].vport = context.vport;
    if (watch_ == nullptr) continue;
    watch_->on_ring_answered(site_of(static_cast<uint16_t>(source)), {base::Site::Kind::kRxQueue, number});
  }
}

void RxQueues::configure_buffers(uint16_t number, const BufferQueueContext& context) {
  configure_source(number, context.ring_address, context.ring_length, context.buffer_bytes);
}

void RxQueues::configure_source(uint16_t number, uint64_t address, uint16_t length, uint32_t buffer_bytes) {
  Source& source = sources_[number];
  clear(source);
  source.ring.configure(address, length, ring_reader_);
  source.buffer_bytes = buffer_bytes;
  if (watch_ == nullptr) return;
  watch_->on_ring_configured(
      {.site = site_of(number),
       .address = address,
       .length = length,
       .descriptor_bytes = idpf::kRxBufferDescriptorBytes,
       .buffer_bytes = buffer_bytes,
       .model = number >= buffer_queues_ ? idpf::QueueModel::kSingle : idpf::QueueModel::kSplit});
}

void RxQueues::enable(uint16_t number, bool enabled) {
  Queue& queue = queues_[number];
  queue.enabled = enabled;
  while (!enabled && !queue.waiting.empty()) {
    refuse(number, *queue.waiting.pop().packet, base::DropReason::kRxQueueDisabled);
  }
  if (queue.context.model == idpf::QueueModel::kSingle) {
    enable_source(own_source(number), enabled);
  } else if (watch_ != nullptr) {
    const base::Site site{base::Site::Kind::kRxQueue, number};
    enabled ? watch_->on_ring_enabled(site) : watch_->on_ring_ended(site);
  }
}

void RxQueues::enable_buffers(uint16_t number, bool enabled) {
  enable_source(number, enabled);
}

void RxQueues::enable_source(uint16_t number, bool enabled) {
  Source& source = sources_[number];
  source.enabled = enabled;
  if (watch_ != nullptr) {
    enabled ? watch_->on_ring_enabled(site_of(number)) : watch_->on_ring_ended(site_of(number));
  }
  if (enabled) {
    take_tail(number, source.ring.tail());
  } else {
    source.ring.set_tail(0);
    if (source.ring.reading() == 0) clear(source);
  }
}

// Everything but the tail latch, which a driver may have written before it configures the queue.
void RxQueues::clear(Source& source) {
  source.ring.clear();
  source.enabled = source.stopped = false;
  source.posted = 0;
  take_back(source, static_cast<uint32_t>(source.unread.size()));
}

void RxQueues::map_vector(uint16_t number, uint16_t vector, uint8_t itr_index) {
  queues_[number].vector = vector;
  queues_[number].itr_index = itr_index;
  if (watch_ != nullptr) watch_->on_vector_mapped({base::Site::Kind::kRxQueue, number}, vector);
}

void RxQueues::write_buffer_tail(uint16_t number, uint32_t value) {
  doorbells_++;
  if (watch_ != nullptr) watch_->on_tail(site_of(number), value, sources_[number].enabled);
  take_tail(number, value);
}

// A driver may write it before it configures the queue, so what the queue is to become may not be known yet.
void RxQueues::write_tail(uint16_t number, uint32_t value) {
  const Queue& queue = queues_[number];
  if (queue.enabled && queue.context.model == idpf::QueueModel::kSplit) {
    ports_.violations.report({.when = ports_.events.now(),
                              .rule = DriverRule::kRxTailSplit,
                              .site = {base::Site::Kind::kRxQueue, number},
                              .part = {},
                              .field = "tail",
                              .seen = std::to_string(value),
                              .expected = {},
                              .events = {}});
    return;
  }
  doorbells_++;
  const uint16_t own = own_source(number);
  if (watch_ != nullptr) watch_->on_tail(site_of(own), value, sources_[own].enabled);
  take_tail(own, value);
}

void RxQueues::take_tail(uint16_t number, uint32_t value) {
  Source& source = sources_[number];
  const uint32_t before = source.posted == 0 ? 0 : source.ring.tail();
  source.ring.set_tail(value);
  if (!source.enabled || source.stopped) return;
  if (!source.ring.tail_valid()) {
    violate_buffers(number, DriverRule::kRingTail, "tail", std::to_string(value),
                    "below " + std::to_string(source.ring.length()));
    return;
  }
  const uint32_t handed_over = idpf::ring_distance(before, value, source.ring.length());
  source.posted += handed_over;
  take_back(source, handed_over);
  fetch(number);
}

void RxQueues::take_back(Source& source, uint32_t buffers) {
  for (; buffers > 0 && !source.unread.empty(); --buffers) {
    const uint16_t reader = source.unread.pop();
    if (reader != kNobody) queues_[reader].unread--;
  }
}

void RxQueues::fetch(uint16_t number, bool in_part) {
  Source& source = sources_[number];
  while (source.enabled && !source.stopped && source.ring.fetch(ring_reader_, number, in_part)) {
  }
}

void RxQueues::on_descriptors(uint64_t argument, pcie::DmaStatus status) {
  const auto number = static_cast<uint16_t>(argument);
  Source& source = sources_[number];
  const unsigned before = source.ring.cached();
  source.ring.arrived();
  if (watch_ != nullptr && source.enabled && status == pcie::DmaStatus::kOk) tell_posted(number, before);
  if (!source.enabled && source.ring.reading() == 0) clear(source);
  if (source.enabled && status != pcie::DmaStatus::kOk) {
    violate_buffers(number, pcie::broken_rule(status, DriverRule::kRingUnmapped), "ring_address",
                    "ring at " + base::hex(source.ring.address()));
  }
  retry_waiting(number);
}

void RxQueues::tell_posted(uint16_t number, unsigned before) {
  const DescriptorRing& ring = sources_[number].ring;
  for (unsigned i = before; i < ring.cached(); ++i) {
    const DescriptorRing::Taken posted = ring.peek(ring_reader_, i);
    watch_->on_buffer_posted(site_of(number), posted.index, posted.bytes);
  }
}

// Several receive queues may share a buffer queue.
void RxQueues::retry_waiting(uint16_t source) {
  if (source >= buffer_queues_) {
    retry_queue(static_cast<uint16_t>(source - buffer_queues_));
    return;
  }
  for (uint16_t number = 0; number < queues_.size(); ++number) {
    const RxQueueContext& context = queues_[number].context;
    if (context.buffer_queue_1 == source || context.buffer_queue_2 == source) retry_queue(number);
  }
}

void RxQueues::retry_queue(uint16_t number) {
  Queue& queue = queues_[number];
  while (!queue.waiting.empty() &&
         place(number, queue.waiting.front().packet, queue.waiting.front().metadata)) {
    queue.waiting.drop();
  }
}

void RxQueues::refuse(uint16_t number, const base::Packet& chain, base::DropReason reason) {
  if (placement_ == nullptr) return;
  for (const base::Packet* packet = &chain; packet != nullptr; packet = packet->next.get()) {
    placement_->on_refused(RxPlacement::receipt(number, *packet), reason);
  }
}

void RxQueues::deliver(uint16_t number, base::PacketPtr packet, const idpf::RxCompletion& metadata) {
  Queue& queue = queues_[number];
  for (base::Packet* each = packet.get(); each != nullptr; each = each->next.get()) {
    each->journey.reach(base::Leg::kCoalesce, ports_.events.now());
  }
  if (!queue.enabled) {
    refuse(number, *packet, base::DropReason::kRxQueueDisabled);
    return;
  }
  if (queue.context.max_packet_bytes != 0 && packet->size() > queue.context.max_packet_bytes) {
    refuse(number, *packet, base::DropReason::kRxFrameLength);
    return;
  }
  if (!queue.waiting.empty() || !place(number, packet, metadata)) {
    waited_++;
    queue.waiting.push({std::move(packet), metadata});
  }
}

// A completion ring has no tail: what a driver has not read yet is what it has not posted new buffers for. A
// single queue needs no such account, as its completion takes its buffer's place.
bool RxQueues::completion_room(const Queue& queue, unsigned buffers) const {
  return queue.context.model == idpf::QueueModel::kSingle ||
         queue.unread + buffers <= queue.context.ring_length;
}

uint16_t RxQueues::source_for(const Queue& queue, bool merged, uint32_t bytes) const {
  const bool second = !merged && bytes <= sources_[queue.context.buffer_queue_2].buffer_bytes;
  return second ? queue.context.buffer_queue_2 : queue.context.buffer_queue_1;
}

uint32_t RxQueues::max_merged_bytes(uint16_t number) const {
  const RxQueueContext& context = queues_[number].context;
  const Source& source = sources_[context.buffer_queue_1];
  const uint32_t buffers = std::min<uint32_t>(ring_reader_.cache_descriptors, context.ring_length);
  // A ring of n descriptors never has more than n - 1 posted.
  return source.buffer_bytes * std::min<uint32_t>(buffers, source.ring.length() - 1u);
}

// How much of the packet goes to the header buffer.
uint32_t RxQueues::split_bytes(const Queue& queue, const idpf::RxCompletion& metadata) {
  return metadata.header_length <= queue.context.header_bytes ? metadata.header_length : 0;
}

// True: done with the packet, placed or refused. False: it has to wait for descriptors on their way.
bool RxQueues::place(uint16_t number, base::PacketPtr& packet, const idpf::RxCompletion& metadata) {
  Queue& queue = queues_[number];
  const uint32_t header = split_bytes(queue, metadata);
  const uint32_t size = chain_bytes(*packet) - header;
  const uint16_t from = source_for(queue, packet->next != nullptr, size);
  const Source& source = sources_[from];
  if (!source.usable()) {
    refuse(number, *packet, base::DropReason::kRxNoBuffer);
    return true;
  }
  const unsigned needed =
      size <= source.buffer_bytes ? 1 : (size + source.buffer_bytes - 1) / source.buffer_bytes;
  if (source.ring.cached() < needed) {
    if (source.ring.posted() >= needed && needed <= ring_reader_.cache_descriptors) {
      if (source.ring.reading() == 0) fetch(from, true);
      return false;
    }
    if (watch_ != nullptr) watch_->on_no_buffer(site_of(from));
    refuse(number, *packet, base::DropReason::kRxNoBuffer);
    return true;
  }
  if (!completion_room(queue, needed)) {
    refuse(number, *packet, base::DropReason::kRxNoBuffer);
    return true;
  }
  if (needed == 1 && header == 0 && packet->next == nullptr) {
    put_whole(number, from, std::move(packet), metadata);
  } else {
    put(number, {from, needed, header, size}, std::move(packet), metadata);
  }
  fetch(from);
  ports_.interrupts.cause(queue.vector, queue.itr_index);
  return true;
}

uint16_t RxQueues::vport_of(uint32_t source) const {
  return sources_[source].vport;
}

base::Site RxQueues::site_of(uint32_t source) const {
  using Kind = base::Site::Kind;
  return source >= buffer_queues_ ? base::Site{Kind::kRxQueue, source - buffer_queues_}
                                  : base::Site{Kind::kBufferQueue, source};
}

void RxQueues::violate_buffers(uint32_t number, DriverRule rule, std::string field, std::string seen,
                               std::string expected) {
  Source& source = sources_[number];
  if (!source.stopped) stopped_++;
  source.stopped = true;
  ports_.violations.report({.when = ports_.events.now(),
                            .rule = rule,
                            .site = site_of(number),
                            .part = base::descriptor_text(source.ring.fetch_index()),
                            .field = std::move(field),
                            .seen = std::move(seen),
                            .expected = std::move(expected),
                            .events = {}});
}

void RxQueues::reset(uint16_t number) {
  enable(number, false);
  enable_source(own_source(number), false);
  map_vector(number, Interrupts::kNoVector, 0);
}

void RxQueues::reset() {
  for (Source& source : sources_) {
    clear(source);
    source.ring.set_tail(0);
  }
  for (Queue& queue : queues_) {
    queue.waiting.clear();
    queue = Queue{};
  }
}

}  // namespace pspnic::queue
