// SPDX-License-Identifier: Apache-2.0
// How a driver learns that the buffers of a transmit queue are free, in the way of the queue's model: an RS
// completion a packet, and RE where asked for (split), or DTYPE 15 written into the descriptors that carried
// RS (single). Reports of one queue come in the order of its packets.
//
// Waits for: nothing. Takes: the DMA engine's time. Drops: nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "model/base/stats.h"
#include "model/idpf/virtchnl2_queue.h"
#include "model/pcie/dma.h"
#include "model/queue/interrupts.h"
#include "model/queue/queue_watch.h"
#include "model/queue/tx_completions.h"
#include "model/queue/tx_job.h"

namespace pspnic::queue {

struct TxReportParams {
  bool complete_every_descriptor = false;  // split queues: an RS completion for each data descriptor's tag
};

struct TxReportContext {
  idpf::QueueModel model = idpf::QueueModel::kSplit;
  uint64_t ring_address = 0;      // single: of the descriptors
  uint16_t completion_queue = 0;  // split: where completions go,
  uint16_t relative_queue = 0;    // and the number they carry
};

class TxReports {
 public:
  struct Ports {
    pcie::DmaEngine& dma;
    Interrupts& interrupts;
    TxCompletions& completions;
  };

  TxReports(base::StatGroup& parent, const TxReportParams& params, uint16_t queues, const Ports& ports);

  void configure(uint16_t queue, const TxReportContext& context);
  // May come before the queue is configured. A split queue's mapping is passed on to its completion queue, of
  // several queues that share one the mapping of the lowest-numbered.
  void map_vector(uint16_t queue, uint16_t vector, uint8_t itr_index);

  // The data of the job has been read, or will not be. Nobody hears of jobs from before a reset.
  void report(const TxJob& job);
  // The queue has been disabled and is drained.
  void report_drained(uint16_t queue);
  void set_watch(QueueWatch* watch) { watch_ = watch; }  // null: nobody looks on
  void reset();
  void reset(uint16_t queue);

 private:
  struct Queue {
    TxReportContext context;
    uint16_t vector = Interrupts::kNoVector;
    uint8_t itr_index = 1;
    bool configured = false;  // until it is drained
  };

  void pass_on_vector(const TxReportContext& context);
  void complete(const Queue& queue, const TxJob& job);
  void write_back(const Queue& queue, const TxJob& job);

  TxReportParams params_;
  QueueWatch* watch_ = nullptr;
  Ports ports_;
  std::vector<Queue> queues_;
  base::StatGroup group_;
  base::Counter written_back_{group_, "written_back", "descriptor",
                              "Descriptors of single queues written back as done"};
};

}  // namespace pspnic::queue
