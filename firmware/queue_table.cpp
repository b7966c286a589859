// SPDX-License-Identifier: Apache-2.0
#include "firmware/queue_table.h"

#include <algorithm>

namespace pspnic::firmware {

std::optional<QueueKind> queue_kind(idpf::QueueType type) {
  switch (type) {
    case idpf::QueueType::kTx:
      return QueueKind::kTx;
    case idpf::QueueType::kRx:
      return QueueKind::kRx;
    case idpf::QueueType::kTxCompletion:
      return QueueKind::kTxCompletion;
    case idpf::QueueType::kRxBuffer:
      return QueueKind::kRxBuffer;
    default:
      return std::nullopt;
  }
}

std::optional<QueueKind> config_queue_kind(idpf::QueueType type) {
  switch (type) {
    case idpf::QueueType::kConfigTx:
      return QueueKind::kConfigTx;
    case idpf::QueueType::kConfigRx:
      return QueueKind::kConfigRx;
    default:
      return std::nullopt;
  }
}

idpf::QueueType queue_type(QueueKind kind) {
  switch (kind) {
    case QueueKind::kTx:
      return idpf::QueueType::kTx;
    case QueueKind::kRx:
      return idpf::QueueType::kRx;
    case QueueKind::kTxCompletion:
      return idpf::QueueType::kTxCompletion;
    case QueueKind::kConfigTx:
      return idpf::QueueType::kConfigTx;
    case QueueKind::kConfigRx:
      return idpf::QueueType::kConfigRx;
    case QueueKind::kRxBuffer:
      break;
  }
  return idpf::QueueType::kRxBuffer;
}

QueueTable::QueueTable(const Limits& limits) {
  of(QueueKind::kTx).resize(limits.tx_queues);
  of(QueueKind::kRx).resize(limits.rx_queues);
  of(QueueKind::kTxCompletion).resize(limits.tx_queues);
  of(QueueKind::kRxBuffer).resize(limits.buffer_queues);
  of(QueueKind::kConfigTx).resize(limits.config_queue_pairs);
  of(QueueKind::kConfigRx).resize(limits.config_queue_pairs);
}

Queue* QueueTable::owned(QueueRef ref, uint32_t vport_id) {
  std::vector<Queue>& queues = of(ref.kind);
  if (ref.id >= queues.size() || queues[ref.id].vport_id != vport_id) return nullptr;
  return &queues[ref.id];
}

QueueKind QueueTable::referred_kind(QueueKind kind) {
  return kind == QueueKind::kTx ? QueueKind::kTxCompletion : QueueKind::kRxBuffer;
}

uint32_t QueueTable::largest_free_run(QueueKind kind) const {
  uint32_t largest = 0;
  uint32_t run = 0;
  for (const Queue& queue : of(kind)) {
    run = queue.vport_id ? 0 : run + 1;
    largest = std::max(largest, run);
  }
  return largest;
}

std::optional<uint32_t> QueueTable::allocate(QueueKind kind, uint32_t count, uint32_t vport_id) {
  std::vector<Queue>& queues = of(kind);
  uint32_t run = 0;
  for (uint32_t id = 0; count != 0 && id < queues.size(); ++id) {
    run = queues[id].vport_id ? 0 : run + 1;
    if (run < count) continue;
    const uint32_t first = id + 1 - count;
    for (uint32_t taken = first; taken <= id; ++taken)
      queues[taken] = Queue{.vport_id = vport_id, .references = {}};
    return first;
  }
  return std::nullopt;
}

std::optional<uint32_t> QueueTable::allocate_pair(uint32_t vport_id) {
  std::vector<Queue>& commands = of(QueueKind::kConfigTx);
  std::vector<Queue>& answers = of(QueueKind::kConfigRx);
  for (uint32_t id = 0; id < commands.size(); ++id) {
    if (commands[id].vport_id || answers[id].vport_id) continue;
    commands[id] = answers[id] = Queue{.vport_id = vport_id, .references = {}};
    return id;
  }
  return std::nullopt;
}

bool QueueTable::any(QueueKind kind) const {
  return std::any_of(of(kind).begin(), of(kind).end(),
                     [](const Queue& queue) { return queue.vport_id.has_value(); });
}

std::vector<uint32_t> QueueTable::ids(QueueKind kind, uint32_t vport_id) const {
  std::vector<uint32_t> found;
  for (uint32_t id = 0; id < of(kind).size(); ++id) {
    if (of(kind)[id].vport_id == vport_id) found.push_back(id);
  }
  return found;
}

std::vector<QueueRef> QueueTable::all(uint32_t vport_id) const {
  std::vector<QueueRef> found;
  for (const QueueKind kind : kQueueKinds) {
    for (const uint32_t id : ids(kind, vport_id)) found.push_back({kind, id});
  }
  return found;
}

bool QueueTable::vector_in_use(uint16_t vector) const {
  const auto has_it = [vector](const Queue& queue) { return queue.vector == vector; };
  return std::any_of(queues_.begin(), queues_.end(), [&](const std::vector<Queue>& queues) {
    return std::any_of(queues.begin(), queues.end(), has_it);
  });
}

void QueueTable::digest(Digest& digest) const {
  for (const std::vector<Queue>& queues : queues_) {
    for (const Queue& queue : queues) {
      digest.add(queue.vport_id.has_value())
          .add(queue.vport_id.value_or(0))
          .add(queue.state)
          .add(queue.vector);
      digest.add(queue.references.size());
      for (const uint32_t reference : queue.references) digest.add(reference);
    }
  }
}

}  // namespace pspnic::firmware
