// SPDX-License-Identifier: Apache-2.0
// The queues of the function: whose they are, how far their life has come, what they refer to, and their
// interrupt.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "firmware/digest.h"
#include "firmware/hardware.h"
#include "model/idpf/virtchnl2_queue.h"

namespace pspnic::firmware {

inline constexpr std::array<QueueKind, 4> kQueueKinds = {QueueKind::kTx, QueueKind::kRx,
                                                         QueueKind::kTxCompletion, QueueKind::kRxBuffer};

// Nothing for the types that vports of this device do not have.
std::optional<QueueKind> queue_kind(idpf::QueueType type);
std::optional<QueueKind> config_queue_kind(idpf::QueueType type);
idpf::QueueType queue_type(QueueKind kind);

// CONFIG makes an idle queue configured, ENABLE enabled; DISABLE drains it and leaves it idle, so that a ring
// whose memory the driver may have freed is never used again without a new CONFIG.
enum class QueueState : uint8_t { kIdle, kConfigured, kEnabled, kDisabling };

struct Queue {
  std::optional<uint32_t> vport_id;  // owner; none: free
  QueueState state = QueueState::kIdle;
  std::vector<uint32_t> references;  // of a Tx queue its completion queue, of an Rx queue its buffer queues
  uint16_t vector = Hardware::kNoVector;
};

class QueueTable {
 public:
  explicit QueueTable(const Limits& limits);

  // Null if the id is out of range or the queue belongs to another vport or to none.
  Queue* owned(QueueRef ref, uint32_t vport_id);
  Queue& at(QueueRef ref) { return of(ref.kind)[ref.id]; }

  // The completion or buffer queue that a reference of a queue of this kind names.
  static QueueKind referred_kind(QueueKind kind);

  uint32_t largest_free_run(QueueKind kind) const;
  // First id of the lowest run of `count` free queues, now owned by the vport.
  std::optional<uint32_t> allocate(QueueKind kind, uint32_t count, uint32_t vport_id);
  // The lowest number of which both config queues are free, now owned by `vport_id`.
  std::optional<uint32_t> allocate_pair(uint32_t vport_id);
  void release(QueueRef ref) { at(ref) = Queue{}; }
  bool any(QueueKind kind) const;

  std::vector<uint32_t> ids(QueueKind kind, uint32_t vport_id) const;  // ascending
  std::vector<QueueRef> all(uint32_t vport_id) const;
  bool vector_in_use(uint16_t vector) const;

  void digest(Digest& digest) const;

 private:
  std::vector<Queue>& of(QueueKind kind) { return queues_[static_cast<size_t>(kind)]; }
  const std::vector<Queue>& of(QueueKind kind) const { return queues_[static_cast<size_t>(kind)]; }

  std::array<std::vector<Queue>, 6> queues_;  // by kind
};

}  // namespace pspnic::firmware
