// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_completions.h"

#include <array>
#include <string>

namespace pspnic::queue {

TxCompletions::TxCompletions(base::StatGroup& parent, uint16_t count, const Ports& ports)
    : ports_(ports), queues_(count), group_(parent, "tx_completions") {}

void TxCompletions::configure(uint16_t number, const CompletionQueueContext& context) {
  Queue& queue = queues_[number];
  queue.context = context;
  queue.position = idpf::RingPosition(context.ring_length);
  queue.enabled = false;
  queue.told = false;
  if (watch_ == nullptr) return;
  watch_->on_ring_configured({.site = {base::Site::Kind::kTxCompletions, number},
                              .address = context.ring_address,
                              .length = context.ring_length,
                              .descriptor_bytes = idpf::kTxCompletionBytes});
}

void TxCompletions::enable(uint16_t number, bool enabled) {
  queues_[number].enabled = enabled;
  if (watch_ == nullptr) return;
  const base::Site site{base::Site::Kind::kTxCompletions, number};
  enabled ? watch_->on_ring_enabled(site) : watch_->on_ring_ended(site);
}

void TxCompletions::reset(uint16_t number) {
  enable(number, false);
  queues_[number] = {};
}

void TxCompletions::map_vector(uint16_t number, uint16_t vector, uint8_t itr_index) {
  queues_[number].own = {vector, itr_index};
  if (watch_ != nullptr) watch_->on_vector_mapped({base::Site::Kind::kTxCompletions, number}, vector);
}

void TxCompletions::map_transmit_vector(uint16_t number, uint16_t vector, uint8_t itr_index) {
  queues_[number].transmit = {vector, itr_index};
}

void TxCompletions::post(uint16_t number, idpf::TxCompletionType type, uint16_t relative_queue,
                         uint16_t value) {
  Queue& queue = queues_[number];
  if (!queue.enabled) return drop(number, type, relative_queue);
  idpf::TxCompletion completion;
  completion.queue_id = relative_queue;
  completion.type = type;
  completion.generation = queue.position.generation();
  completion.value = value;
  std::array<uint8_t, idpf::kTxCompletionBytes> bytes;
  completion.encode(bytes);
  written_++;
  ports_.dma.write({pcie::Requester::Kind::kTxCompletion, number},
                   queue.context.ring_address + uint64_t{queue.position.index()} * bytes.size(), bytes);
  queue.position.advance();
  const Interrupt& interrupt = queue.own.vector != Interrupts::kNoVector ? queue.own : queue.transmit;
  ports_.interrupts.cause(interrupt.vector, interrupt.itr_index);
}

void TxCompletions::drop(uint16_t number, idpf::TxCompletionType type, uint16_t relative_queue) {
  dropped_++;
  if (queues_[number].told) return;
  queues_[number].told = true;
  ports_.violations.report({.when = ports_.events.now(),
                            .rule = base::DriverRule::kTxCompletionDisabled,
                            .site = {base::Site::Kind::kTxCompletions, number},
                            .part = {},
                            .field = {},
                            .seen = "completion of type " + std::to_string(static_cast<unsigned>(type)) +
                                    " for queue " + std::to_string(relative_queue),
                            .expected = {},
                            .events = {}});
}

void TxCompletions::reset() {
  for (Queue& queue : queues_) queue = Queue{};
}

}  // namespace pspnic::queue
