// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_queues.h"

#include <algorithm>
#include <span>
#include <utility>

#include "model/idpf/generation.h"

namespace pspnic::queue {

using base::DriverRule;
using base::Site;

TxQueues::TxQueues(base::StatGroup& parent, const TxQueueParams& params, uint16_t count, const Ports& ports)
    : ports_(ports),
      queues_(count),
      group_(parent, "tx_queues"),
      ring_reader_{.dma = ports.dma,
                   .kind = pcie::Requester::Kind::kTxQueue,
                   .done = pcie::ReadCallback::to<&TxQueues::on_descriptors>(*this),
                   .descriptor_bytes = idpf::kTxDescriptorBytes,
                   .fetch_descriptors = std::min(params.fetch_descriptors, params.cache_descriptors),
                   .cache_descriptors = params.cache_descriptors,
                   .fetches = fetches_,
                   .descriptors = descriptors_} {}

void TxQueues::configure(uint16_t number, const TxQueueContext& context) {
  Queue& queue = queues_[number];
  queue.context = context;
  clear(queue);
  queue.ring.set_secret(context.key_in_descriptor);
  queue.ring.configure(context.ring_address, context.ring_length, ring_reader_);
  if (watch_ != nullptr) {
    watch_->on_ring_configured({.site = {Site::Kind::kTxQueue, number},
                                .address = context.ring_address,
                                .length = context.ring_length,
                                .descriptor_bytes = idpf::kTxDescriptorBytes,
                                .model = context.model});
  }
}

void TxQueues::enable(uint16_t number) {
  queues_[number].enabled = true;
  if (watch_ != nullptr) watch_->on_ring_enabled({Site::Kind::kTxQueue, number});
  on_tail(number);
}

void TxQueues::write_tail(uint16_t number, uint32_t value) {
  doorbells_++;
  if (watch_ != nullptr) watch_->on_tail({Site::Kind::kTxQueue, number}, value, queues_[number].enabled);
  queues_[number].ring.set_tail(value);
  on_tail(number);
}

void TxQueues::on_tail(uint16_t number) {
  const Queue& queue = queues_[number];
  if (!queue.enabled || queue.stopped) return;
  if (!queue.ring.tail_valid()) {
    violate(number, queue.ring.fetch_index(), DriverRule::kRingTail, "tail",
            std::to_string(queue.ring.tail()), "below " + std::to_string(queue.ring.length()));
    return;
  }
  note_tail(queues_[number]);
  fetch(number);
}

void TxQueues::note_tail(Queue& queue) {
  const uint32_t tail = queue.ring.tail();
  queue.doorbells.add(idpf::ring_distance(queue.noted_tail, tail, queue.ring.length()), ports_.events.now());
  queue.noted_tail = tail;
}

void TxQueues::fetch(uint16_t number) {
  Queue& queue = queues_[number];
  const unsigned reading = queue.ring.reading();
  // Small fetches are for a cache that holds nothing but the beginning of a packet.
  while (queue.enabled && !queue.stopped &&
         queue.ring.fetch(ring_reader_, number, queue.ring.held() <= queue.partial)) {
  }
  queue.asked.add(queue.ring.reading() - reading, ports_.events.now());
}

void TxQueues::on_descriptors(uint64_t argument, pcie::DmaStatus status) {
  const auto number = static_cast<uint16_t>(argument);
  Queue& queue = queues_[number];
  queue.ring.arrived();
  if (status != pcie::DmaStatus::kOk && !queue.stopped) {
    violate(number, queue.ring.take_index(), pcie::broken_rule(status, DriverRule::kRingUnmapped),
            "ring_address", "ring at " + base::hex(queue.context.ring_address));
  }
  if (queue.enabled && !queue.stopped) parse(number);
  check_drained(number);
}

void TxQueues::parse(uint16_t number) {
  Queue& queue = queues_[number];
  bool any = false;
  while (queue.ring.has_descriptor() && !queue.stopped) {
    const DescriptorRing::Taken descriptor = queue.ring.take(ring_reader_);
    queue.partial++;
    const base::Time now = ports_.events.now();
    const base::Time asked = queue.asked.next(now);
    const base::Time doorbell = std::min(queue.doorbells.next(asked), asked);
    const bool key = queue.reader.key_due();
    if (watch_ != nullptr) [[unlikely]]
      watch_->on_tx_descriptor(number, descriptor.index, descriptor.bytes);
    if (!queue.reader.in_packet()) queue.reader.begin(pool_.take(), number);
    const DescriptorResult result = queue.reader.take(descriptor.bytes.first<idpf::kTxDescriptorBytes>(),
                                                      descriptor.index, queue.ring.take_index());
    if (key) [[unlikely]]
      DescriptorRing::wipe(descriptor);
    if (result.rule != nullptr) {
      stop(number, descriptor.index, result.rule->rule, result.field,
           std::to_string(result.seen));  // what came before still goes out
    } else if (result.packet_complete) {
      jobs_++;
      TxJob& job = *queue.jobs.push(queue.reader.finish());
      job.descriptor_count = static_cast<uint16_t>(std::exchange(queue.partial, 0u));
      job.doorbell = doorbell;
      job.asked = asked;
      job.there = now;
      if (watch_ != nullptr) [[unlikely]]
        watch_->on_tx_packet(job);
      if (job.names_sa() && sink_ != nullptr) sink_->on_named_sa(job);
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
  queue.ring.release(job->descriptor_count);
  fetch(number);
  return job;
}

void TxQueues::job_finished(uint16_t number) {
  queues_[number].started--;
  check_drained(number);
}

void TxQueues::violate(uint16_t number, uint32_t index, DriverRule rule, std::string field, std::string seen,
                       std::string expected) {
  forget_jobs(queues_[number]);
  stop(number, index, rule, std::move(field), std::move(seen), std::move(expected));
}

void TxQueues::stop(uint16_t number, uint32_t index, DriverRule rule, std::string field, std::string seen,
                    std::string expected) {
  if (!queues_[number].stopped) stopped_++;
  queues_[number].stopped = true;
  ports_.violations.report({.when = ports_.events.now(),
                            .rule = rule,
                            .site = {Site::Kind::kTxQueue, number},
                            .part = base::descriptor_text(index),
                            .field = std::move(field),
                            .seen = std::move(seen),
                            .expected = std::move(expected),
                            .events = {}});
}

void TxQueues::forget_jobs(Queue& queue) {
  forgotten_ += queue.jobs.size();
  while (!queue.jobs.empty()) {
    const TxJobPtr job = queue.jobs.pop();
    if (job->names_sa() && sink_ != nullptr) sink_->on_forgotten(*job);
  }
}

void TxQueues::disable(uint16_t number, base::Callback drained) {
  Queue& queue = queues_[number];
  if (watch_ != nullptr && queue.enabled) watch_->on_tx_disabled(number, ended_in(queue));
  queue.enabled = false;
  forget_jobs(queue);
  queue.drained = drained;
  check_drained(number);
}

void TxQueues::check_drained(uint16_t number) {
  Queue& queue = queues_[number];
  if (!queue.drained || queue.started > 0 || queue.ring.reading() > 0) return;
  const base::Callback drained = std::exchange(queue.drained, {});
  if (watch_ != nullptr) watch_->on_ring_ended({Site::Kind::kTxQueue, number});
  clear(queue);
  queue.ring.set_tail(0);
  drained(number);
}

// Everything but the tail latch, which a driver may have written before it configures the queue.
void TxQueues::clear(Queue& queue) {
  queue.enabled = queue.stopped = false;
  queue.ring.clear();
  const TxQueueContext& context = queue.context;
  queue.reader = TxDescriptorReader({.psp = context.psp,
                                     .key_in_descriptor = context.key_in_descriptor,
                                     .model = context.model,
                                     .sa_first = context.sa_first,
                                     .sa_count = context.sa_count});
  queue.partial = 0;
  queue.noted_tail = 0;
  queue.doorbells.clear();
  queue.asked.clear();
  forget_jobs(queue);
  queue.started = 0;
}

void TxQueues::reset() {
  for (Queue& queue : queues_) {
    clear(queue);
    queue.drained = {};
    queue.ring.set_tail(0);
  }
}

}  // namespace pspnic::queue
