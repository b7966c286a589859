// SPDX-License-Identifier: Apache-2.0
// Transmit completion queues: 8-byte entries written to a ring in host memory, each with the generation bit
// of its pass.
//
// Waits for: nothing; an entry is written when it is posted. Takes: the DMA engine's time. Drops: entries
// posted while the queue is disabled; the first of them is reported as a violation. A driver that leaves the
// ring unread long enough is overrun: a packet posts one entry, or with the quirk complete_every_descriptor
// one for each of its data descriptors (48 at most), and another one if it asked for the ring's head; drivers
// size the ring for that.
#pragma once

#include <cstdint>
#include <vector>

#include "model/base/event_queue.h"
#include "model/base/stats.h"
#include "model/base/violation.h"
#include "model/idpf/generation.h"
#include "model/idpf/tx_descriptors.h"
#include "model/pcie/dma.h"
#include "model/queue/interrupts.h"
#include "model/queue/queue_watch.h"

namespace pspnic::queue {

struct CompletionQueueContext {
  uint64_t ring_address = 0;
  uint16_t ring_length = 0;
};

class TxCompletions {
 public:
  struct Ports {
    base::EventQueue& events;
    pcie::DmaEngine& dma;
    Interrupts& interrupts;
    base::ViolationLog& violations;
  };

  TxCompletions(base::StatGroup& parent, uint16_t count, const Ports& ports);

  void configure(uint16_t queue, const CompletionQueueContext& context);
  void enable(uint16_t queue, bool enabled);
  bool enabled(uint16_t queue) const { return queues_[queue].enabled; }
  // The completion queue's own interrupt.
  void map_vector(uint16_t queue, uint16_t vector, uint8_t itr_index);
  // That of the transmit queues which complete here: counts while the completion queue has none of its own.
  void map_transmit_vector(uint16_t queue, uint16_t vector, uint8_t itr_index);

  void post(uint16_t queue, idpf::TxCompletionType type, uint16_t relative_queue, uint16_t value);
  uint64_t dropped() const { return dropped_.value(); }
  void reset();
  void reset(uint16_t queue);
  void set_watch(QueueWatch* watch) { watch_ = watch; }  // null: nobody looks on

 private:
  struct Interrupt {
    uint16_t vector = Interrupts::kNoVector;
    uint8_t itr_index = 1;
  };
  struct Queue {
    CompletionQueueContext context;
    idpf::RingPosition position{1};
    Interrupt own;
    Interrupt transmit;
    bool enabled = false;
    bool told = false;  // that an entry was lost
  };

  void drop(uint16_t queue, idpf::TxCompletionType type, uint16_t relative_queue);

  Ports ports_;
  QueueWatch* watch_ = nullptr;
  std::vector<Queue> queues_;
  base::StatGroup group_;
  base::Counter written_{group_, "written", "completion", "Completions written"};
  base::Counter dropped_{group_, "dropped", "completion", "Completions lost, their queue being disabled"};
};

}  // namespace pspnic::queue
