// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_queues.h"

#include <algorithm>
#include <span>
#include <utility>

namespace pspnic::queue {

namespace {

constexpr uint32_t kDescriptorBytes = 16;

uint16_t ring_distance(uint16_t from, uint16_t to, uint16_t length) {
  return static_cast<uint16_t>(to >= from ? to - from : to + length - from);
}

}  // namespace

TxQueues::TxQueues(base::StatGroup& parent, const TxQueueParams& params, uint16_t count, const Ports& ports)
    : params_(params), ports_(ports), queues_(count), group_(parent, "tx_queues") {
  params_.fetch_descriptors = std::min(params_.fetch_descriptors, params_.cache_descriptors);
}

void TxQueues::configure(uint16_t number, const TxQueueContext& context) {
  Queue& queue = queues_[number];
  clear(queue);
  queue.context = context;
  queue.reader = TxDescriptorReader(context.psp);
  queue.cache.resize(size_t{params_.cache_descriptors} * kDescriptorBytes);
}

void TxQueues::enable(uint16_t number) {
  queues_[number].enabled = true;
  take_tail(number, queues_[number].tail);
}

void TxQueues::write_tail(uint16_t number, uint32_t value) {
  doorbells_++;
  take_tail(number, value);
}

void TxQueues::take_tail(uint16_t number, uint32_t value) {
  Queue& queue = queues_[number];
  queue.tail = static_cast<uint16_t>(value);
  if (!queue.enabled || queue.stopped) return;
  if (value >= queue.context.ring_length) {
    violate(number, queue.fetch_head, "tail", "must be smaller than the ring's length",
            std::to_string(value));
    return;
  }
  fetch(number);
}

void TxQueues::fetch(uint16_t number) {
  Queue& queue = queues_[number];
  while (queue.enabled && !queue.stopped && queue.fetch_head != queue.tail) {
    const uint16_t waiting = ring_distance(queue.fetch_head, queue.tail, queue.context.ring_length);
    unsigned count = std::min<unsigned>(waiting, params_.fetch_descriptors);
    count = std::min<unsigned>(count, static_cast<unsigned>(queue.context.ring_length - queue.fetch_head));
    count = std::min(count, params_.cache_descriptors - queue.cache_write);
    const unsigned room = params_.cache_descriptors - queue.held;
    if (count > room) {
      // A fetch that the cache cannot hold in full waits, because small fetches waste the link, unless the
      // cache holds nothing but the beginning of a packet.
      if (queue.held > queue.partial || room == 0) return;
      count = room;
    }
    queue.held += count;
    const std::span<uint8_t> place(&queue.cache[size_t{queue.cache_write} * kDescriptorBytes],
                                   size_t{count} * kDescriptorBytes);
    queue.batches.push(static_cast<uint16_t>(count));
    queue.reading = static_cast<uint16_t>(queue.reading + count);
    const uint64_t address = queue.context.ring_address + uint64_t{queue.fetch_head} * kDescriptorBytes;
    queue.fetch_head = static_cast<uint16_t>((queue.fetch_head + count) % queue.context.ring_length);
    queue.cache_write = (queue.cache_write + count) % params_.cache_descriptors;
    fetches_++;
    descriptors_ += count;
    ports_.dma.read({pcie::Requester::Kind::kTxQueue, number}, address, place,
                    pcie::ReadCallback::to<&TxQueues::on_descriptors>(*this), number);
  }
}

void TxQueues::on_descriptors(uint64_t argument, pcie::DmaStatus status) {
  const auto number = static_cast<uint16_t>(argument);
  Queue& queue = queues_[number];
  const uint16_t count = queue.batches.pop();
  queue.reading = static_cast<uint16_t>(queue.reading - count);
  if (status != pcie::DmaStatus::kOk && !queue.stopped) {
    violate(number, queue.parse_head, "ring_address", "descriptors must lie in host memory",
            "ring at " + std::to_string(queue.context.ring_address));
  }
  queue.cached += count;
  if (queue.enabled && !queue.stopped) parse(number);
  check_drained(number);
}

void TxQueues::parse(uint16_t number) {
  Queue& queue = queues_[number];
  bool any = false;
  while (queue.cached > 0 && !queue.stopped) {
    const std::span<const uint8_t, kDescriptorBytes> descriptor(
        &queue.cache[size_t{queue.cache_read} * kDescriptorBytes], kDescriptorBytes);
    const uint16_t index = queue.parse_head;
    queue.parse_head = static_cast<uint16_t>((index + 1) % queue.context.ring_length);
    queue.cache_read = (queue.cache_read + 1) % params_.cache_descriptors;
    queue.cached--;
    queue.partial++;
    if (!queue.reader.in_packet()) queue.reader.begin(pool_.take(), number);
    const DescriptorResult result = queue.reader.take(descriptor, queue.parse_head);
    if (result.rule != nullptr) {
      stop(number, index, result.field, result.rule,
           std::to_string(result.seen));  // what came before still goes out
    } else if (result.packet_complete) {
      jobs_++;
      queue.jobs.push(queue.reader.finish());
      queue.jobs.back()->descriptor_count = static_cast<uint16_t>(std::exchange(queue.partial, 0));
      any = true;
    }
  }
  if (any && sink_ != nullptr) sink_->on_job(number);
  fetch(number);
}

TxJobPtr TxQueues::take_job(uint16_t number) {
  Queue& queue = queues_[number];
  if (queue.jobs.empty()) return {};
  queue.started++;
  TxJobPtr job = queue.jobs.pop();
  queue.held -= job->descriptor_count;
  fetch(number);
  return job;
}

void TxQueues::job_finished(uint16_t number) {
  queues_[number].started--;
  check_drained(number);
}

void TxQueues::violate(uint16_t number, uint32_t index, std::string field, std::string rule,
                       std::string seen) {
  forget_jobs(queues_[number]);
  stop(number, index, std::move(field), std::move(rule), std::move(seen));
}

// Names the descriptor that ends the packet.
void TxQueues::violate(const TxJob& job, std::string field, std::string rule) {
  const uint16_t length = queues_[job.queue].context.ring_length;
  violate(job.queue, (job.head + length - 1u) % length, std::move(field), std::move(rule),
          "packet of " + std::to_string(job.total_bytes) + " bytes, completion tag " +
              std::to_string(job.completion_tag));
}

void TxQueues::stop(uint16_t number, uint32_t index, std::string field, std::string rule, std::string seen) {
  if (!queues_[number].stopped) stopped_++;
  queues_[number].stopped = true;
  ports_.violations.report({ports_.events.now(),
                            "tx queue " + std::to_string(number) + ", descriptor " + std::to_string(index),
                            std::move(field), std::move(rule), std::move(seen)});
}

void TxQueues::forget_jobs(Queue& queue) {
  forgotten_ += queue.jobs.size();
  queue.jobs.clear();
}

void TxQueues::disable(uint16_t number, base::Callback drained) {
  Queue& queue = queues_[number];
  queue.enabled = false;
  forget_jobs(queue);
  queue.drained = drained;
  check_drained(number);
}

void TxQueues::check_drained(uint16_t number) {
  Queue& queue = queues_[number];
  if (!queue.drained || queue.started > 0 || queue.reading > 0) return;
  const base::Callback drained = std::exchange(queue.drained, {});
  clear(queue);
  queue.tail = 0;
  drained(number);
}

// Everything but the tail latch, which a driver may have written before it configures the queue.
void TxQueues::clear(Queue& queue) {
  queue.enabled = queue.stopped = false;
  queue.fetch_head = queue.parse_head = queue.reading = 0;
  queue.batches.clear();
  queue.cache_write = queue.cache_read = queue.cached = queue.partial = queue.held = 0;
  queue.reader = TxDescriptorReader(queue.context.psp);
  queue.jobs.clear();
  queue.started = 0;
}

void TxQueues::reset() {
  for (Queue& queue : queues_) {
    clear(queue);
    queue.drained = {};
    queue.tail = 0;
  }
}

}  // namespace pspnic::queue
