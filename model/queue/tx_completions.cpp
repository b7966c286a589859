// SPDX-License-Identifier: Apache-2.0
#include "model/queue/tx_completions.h"

#include <array>

namespace pspnic::queue {

TxCompletions::TxCompletions(base::StatGroup& parent, uint16_t count, const Ports& ports)
    : ports_(ports), queues_(count), group_(parent, "tx_completions") {}

void TxCompletions::configure(uint16_t number, const CompletionQueueContext& context) {
  Queue& queue = queues_[number];
  queue.context = context;
  queue.position = idpf::RingPosition(context.ring_length);
  queue.enabled = false;
}

void TxCompletions::map_vector(uint16_t number, uint16_t vector, uint8_t itr_index) {
  queues_[number].vector = vector;
  queues_[number].itr_index = itr_index;
}

void TxCompletions::post(uint16_t number, idpf::TxCompletionType type, uint16_t relative_queue,
                         uint16_t value) {
  Queue& queue = queues_[number];
  if (!queue.enabled) return;
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
  ports_.interrupts.cause(queue.vector, queue.itr_index);
}

void TxCompletions::reset() {
  for (Queue& queue : queues_) queue = Queue{};
}

}  // namespace pspnic::queue
