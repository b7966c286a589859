// SPDX-License-Identifier: Apache-2.0
// Transmit completion queues: 8-byte entries written to a ring in host memory, each with the generation bit
// of its pass.
//
// Waits for: nothing; an entry is written when it is posted. Takes: the DMA engine's time. Drops: nothing. A
// driver that leaves the ring unread long enough is overrun: a packet posts one entry, another one if it
// asked for the ring's head, and drivers size the ring for that.
#pragma once

#include <cstdint>
#include <vector>

#include "model/base/stats.h"
#include "model/idpf/generation.h"
#include "model/idpf/tx_descriptors.h"
#include "model/pcie/dma.h"
#include "model/queue/interrupts.h"

namespace pspnic::queue {

struct CompletionQueueContext {
  uint64_t ring_address = 0;
  uint16_t ring_length = 0;
};

class TxCompletions {
 public:
  struct Ports {
    pcie::DmaEngine& dma;
    Interrupts& interrupts;
  };

  TxCompletions(base::StatGroup& parent, uint16_t count, const Ports& ports);

  void configure(uint16_t queue, const CompletionQueueContext& context);
  void enable(uint16_t queue, bool enabled) { queues_[queue].enabled = enabled; }
  bool enabled(uint16_t queue) const { return queues_[queue].enabled; }
  void map_vector(uint16_t queue, uint16_t vector, uint8_t itr_index);

  void post(uint16_t queue, idpf::TxCompletionType type, uint16_t relative_queue, uint16_t value);
  void reset();

 private:
  struct Queue {
    CompletionQueueContext context;
    idpf::RingPosition position{1};
    uint16_t vector = Interrupts::kNoVector;
    uint8_t itr_index = 1;
    bool enabled = false;
  };

  Ports ports_;
  std::vector<Queue> queues_;
  base::StatGroup group_;
  base::Counter written_{group_, "written", "completion", "Completions written"};
};

}  // namespace pspnic::queue
