// SPDX-License-Identifier: Apache-2.0
#include "model/queue/rx_queues.h"

#include <algorithm>
#include <array>
#include <utility>

namespace pspnic::queue {

namespace {

constexpr uint32_t kDescriptorBytes = idpf::kRxBufferDescriptorBytes;

RxPlacement::Receipt receipt_of(uint16_t queue, const base::Packet& packet) {
  return {queue, packet.size(), packet.buffered_bytes, packet.wire_end};
}

}  // namespace

RxQueues::RxQueues(base::StatGroup& parent, const RxQueueParams& params, uint16_t queues,
                   uint16_t buffer_queues, const Ports& ports)
    : params_(params),
      ports_(ports),
      queues_(queues),
      buffer_queues_(buffer_queues),
      group_(parent, "rx_queues") {
  params_.fetch_descriptors = std::min(params_.fetch_descriptors, params_.cache_descriptors);
}

void RxQueues::configure(uint16_t number, const RxQueueContext& context) {
  Queue& queue = queues_[number];
  queue.context = context;
  queue.enabled = false;
  queue.position = idpf::RingPosition(context.ring_length);
  queue.completed = 0;
  queue.waiting.clear();
}

void RxQueues::configure_buffers(uint16_t number, const BufferQueueContext& context) {
  BufferQueue& buffers = buffer_queues_[number];
  clear_buffers(buffers);
  buffers.context = context;
  buffers.cache.resize(size_t{params_.cache_descriptors} * kDescriptorBytes);
}

void RxQueues::enable(uint16_t number, bool enabled) {
  Queue& queue = queues_[number];
  queue.enabled = enabled;
  while (!enabled && !queue.waiting.empty()) {
    refuse(number, *queue.waiting.pop().packet, base::DropReason::kRxQueueDisabled);
  }
}

void RxQueues::enable_buffers(uint16_t number, bool enabled) {
  BufferQueue& buffers = buffer_queues_[number];
  buffers.enabled = enabled;
  if (enabled) {
    take_tail(number, buffers.tail);
  } else {
    buffers.tail = 0;
    if (buffers.reading == 0) clear_buffers(buffers);
  }
}

void RxQueues::map_vector(uint16_t number, uint16_t vector, uint8_t itr_index) {
  queues_[number].vector = vector;
  queues_[number].itr_index = itr_index;
}

void RxQueues::write_buffer_tail(uint16_t number, uint32_t value) {
  doorbells_++;
  take_tail(number, value);
}

void RxQueues::take_tail(uint16_t number, uint32_t value) {
  BufferQueue& buffers = buffer_queues_[number];
  const uint16_t before = buffers.posted == 0 ? 0 : buffers.tail;
  buffers.tail = static_cast<uint16_t>(value);
  if (!buffers.enabled || buffers.stopped) return;
  if (value >= buffers.context.ring_length) {
    violate_buffers(number, "tail", "must be smaller than the ring's length", std::to_string(value));
    return;
  }
  buffers.posted += idpf::ring_distance(before, buffers.tail, buffers.context.ring_length);
  fetch(number);
}

// A fetch that the cache cannot hold in full waits, because small fetches waste the link, unless a packet
// waits for it.
void RxQueues::fetch(uint16_t number, bool in_part) {
  BufferQueue& buffers = buffer_queues_[number];
  while (buffers.enabled && !buffers.stopped && buffers.fetch_head != buffers.tail) {
    const uint32_t length = buffers.context.ring_length;
    unsigned count =
        std::min(idpf::ring_distance(buffers.fetch_head, buffers.tail, length), params_.fetch_descriptors);
    count = std::min(count, length - buffers.fetch_head);
    count = std::min(count, params_.cache_descriptors - buffers.cache_write);
    const unsigned room = params_.cache_descriptors - buffers.cached - buffers.reading;
    if (count > room && (!in_part || room == 0)) return;
    count = std::min(count, room);
    const std::span<uint8_t> place(&buffers.cache[size_t{buffers.cache_write} * kDescriptorBytes],
                                   size_t{count} * kDescriptorBytes);
    const uint64_t address = buffers.context.ring_address + uint64_t{buffers.fetch_head} * kDescriptorBytes;
    buffers.batches.push(static_cast<uint16_t>(count));
    buffers.reading = static_cast<uint16_t>(buffers.reading + count);
    buffers.fetch_head = static_cast<uint16_t>((buffers.fetch_head + count) % length);
    buffers.cache_write = (buffers.cache_write + count) % params_.cache_descriptors;
    fetches_++;
    descriptors_ += count;
    ports_.dma.read({pcie::Requester::Kind::kBufferQueue, number}, address, place,
                    pcie::ReadCallback::to<&RxQueues::on_descriptors>(*this), number);
  }
}

void RxQueues::on_descriptors(uint64_t argument, pcie::DmaStatus status) {
  const auto number = static_cast<uint16_t>(argument);
  BufferQueue& buffers = buffer_queues_[number];
  const uint16_t count = buffers.batches.pop();
  buffers.reading = static_cast<uint16_t>(buffers.reading - count);
  if (!buffers.enabled) {
    if (buffers.reading == 0) clear_buffers(buffers);
  } else {
    buffers.cached += count;
    if (status != pcie::DmaStatus::kOk) {
      violate_buffers(number, "ring_address", "descriptors must lie in host memory",
                      std::to_string(buffers.context.ring_address));
    }
  }
  retry_waiting(number);
}

// Several receive queues may share a buffer queue.
void RxQueues::retry_waiting(uint16_t buffer_queue) {
  for (uint16_t number = 0; number < queues_.size(); ++number) {
    Queue& queue = queues_[number];
    if (queue.waiting.empty()) continue;
    if (queue.context.buffer_queue_1 != buffer_queue && queue.context.buffer_queue_2 != buffer_queue)
      continue;
    while (!queue.waiting.empty() && place(number, queue.waiting.front())) queue.waiting.pop();
  }
}

void RxQueues::refuse(uint16_t number, const base::Packet& packet, base::DropReason reason) {
  if (placement_ != nullptr) placement_->on_refused(receipt_of(number, packet), reason);
}

void RxQueues::deliver(uint16_t number, base::PacketPtr packet, const idpf::RxCompletion& metadata) {
  Queue& queue = queues_[number];
  if (!queue.enabled) {
    refuse(number, *packet, base::DropReason::kRxQueueDisabled);
    return;
  }
  if (queue.context.max_packet_bytes != 0 && packet->size() > queue.context.max_packet_bytes) {
    refuse(number, *packet, base::DropReason::kRxFrameLength);
    return;
  }
  Waiting waiting{std::move(packet), metadata};
  if (!queue.waiting.empty() || !place(number, waiting)) {
    waited_++;
    queue.waiting.push(std::move(waiting));
  }
}

// A completion ring has no tail: what a driver has not read yet is what it has not posted new buffers for.
bool RxQueues::completion_room(Queue& queue, unsigned buffers) const {
  const uint64_t posted = buffer_queues_[queue.context.buffer_queue_1].posted +
                          buffer_queues_[queue.context.buffer_queue_2].posted;
  if (queue.completed == 0) queue.posted_at_start = posted;
  const uint64_t returned = std::min(posted - std::min(posted, queue.posted_at_start), queue.completed);
  return queue.completed + buffers - returned <= queue.context.ring_length;
}

// True: done with the packet, placed or refused. False: it has to wait for descriptors on their way.
bool RxQueues::place(uint16_t number, Waiting& waiting) {
  Queue& queue = queues_[number];
  const uint32_t size = waiting.packet->size();
  const bool second = size <= buffer_queues_[queue.context.buffer_queue_2].context.buffer_bytes;
  const uint16_t from = second ? queue.context.buffer_queue_2 : queue.context.buffer_queue_1;
  BufferQueue& buffers = buffer_queues_[from];
  if (!buffers.enabled || buffers.stopped || buffers.context.buffer_bytes == 0) {
    refuse(number, *waiting.packet, base::DropReason::kRxNoBuffer);
    return true;
  }
  const unsigned needed = (size + buffers.context.buffer_bytes - 1) / buffers.context.buffer_bytes;
  if (buffers.cached < needed) {
    const uint32_t coming =
        idpf::ring_distance(buffers.fetch_head, buffers.tail, buffers.context.ring_length);
    if (buffers.cached + buffers.reading + coming >= needed && needed <= params_.cache_descriptors) {
      if (buffers.reading == 0) fetch(from, true);
      return false;
    }
    refuse(number, *waiting.packet, base::DropReason::kRxNoBuffer);
    return true;
  }
  if (!completion_room(queue, needed)) {
    refuse(number, *waiting.packet, base::DropReason::kRxNoBuffer);
    return true;
  }
  const RxPlacement::Receipt receipt = receipt_of(number, *waiting.packet);
  uint32_t offset = 0;
  base::Time left = 0;
  base::PacketPtr packet = std::move(waiting.packet);
  const std::span<const uint8_t> bytes = packet->bytes();
  for (unsigned i = 0; i < needed; ++i) {
    const idpf::RxBufferDescriptor buffer = take_buffer(buffers);
    const bool last = i + 1 == needed;
    const uint32_t length = std::min(size - offset, buffers.context.buffer_bytes);
    left = ports_.dma.write_packet({pcie::Requester::Kind::kBufferQueue, from}, buffer.packet_address,
                                   bytes.subspan(offset, length), last ? std::move(packet) : nullptr);
    offset += length;
    idpf::RxCompletion completion = last ? waiting.metadata : idpf::RxCompletion{};
    completion.length = static_cast<uint16_t>(length);
    completion.bufq2 = second;
    completion.buf_id = buffer.buf_id;
    completion.status1 = static_cast<uint8_t>(completion.status1 | idpf::kRxDd | (last ? idpf::kRxEof : 0));
    write_completion(number, completion);
  }
  if (placement_ != nullptr) placement_->on_placed(receipt, left);
  fetch(from);
  ports_.interrupts.cause(queue.vector, queue.itr_index);
  return true;
}

idpf::RxBufferDescriptor RxQueues::take_buffer(BufferQueue& buffers) {
  const std::span<const uint8_t, kDescriptorBytes> bytes(
      &buffers.cache[size_t{buffers.cache_read} * kDescriptorBytes], kDescriptorBytes);
  buffers.cache_read = (buffers.cache_read + 1) % params_.cache_descriptors;
  buffers.cached--;
  return idpf::RxBufferDescriptor::decode(bytes);
}

void RxQueues::write_completion(uint16_t number, const idpf::RxCompletion& metadata) {
  Queue& queue = queues_[number];
  idpf::RxCompletion completion = metadata;
  completion.generation = queue.position.generation();
  std::array<uint8_t, idpf::kRxCompletionBytes> bytes;
  completion.encode(bytes);
  ports_.dma.write({pcie::Requester::Kind::kRxQueue, number},
                   queue.context.ring_address + uint64_t{queue.position.index()} * bytes.size(), bytes);
  queue.position.advance();
  queue.completed++;
  written_++;
}

void RxQueues::violate_buffers(uint16_t number, std::string field, std::string rule, std::string seen) {
  BufferQueue& buffers = buffer_queues_[number];
  if (!buffers.stopped) stopped_++;
  buffers.stopped = true;
  ports_.violations.report(
      {ports_.events.now(),
       "rx buffer queue " + std::to_string(number) + ", descriptor " + std::to_string(buffers.fetch_head),
       std::move(field), std::move(rule), std::move(seen)});
}

// Everything but the tail latch, which a driver may have written before it configures the queue.
void RxQueues::clear_buffers(BufferQueue& buffers) {
  buffers.enabled = buffers.stopped = false;
  buffers.fetch_head = buffers.reading = 0;
  buffers.posted = 0;
  buffers.batches.clear();
  buffers.cache_write = buffers.cache_read = buffers.cached = 0;
}

void RxQueues::reset() {
  for (Queue& queue : queues_) {
    queue.waiting.clear();
    queue = Queue{};
  }
  for (BufferQueue& buffers : buffer_queues_) {
    clear_buffers(buffers);
    buffers.tail = 0;
  }
}

}  // namespace pspnic::queue
