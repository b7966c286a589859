// SPDX-License-Identifier: Apache-2.0
// Receive queues: buffers that a driver posted, and completions for the packets put into them.
//
// Waits for: buffer descriptors that are posted but not yet fetched (the packet waits, in order). Takes: the
// DMA engine's time. Drops: kRxNoBuffer when nothing is posted, kRxQueueDisabled, kRxFrameLength. A packet
// that fits one buffer of buffer queue 2 goes there, else to as many of queue 1 as it needs; each buffer
// queue is used strictly in ring order, and there is no falling back from one to the other (IDPF 1.0,
// split-queue model).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/base/drop_reason.h"
#include "model/base/params.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/base/violation.h"
#include "model/idpf/generation.h"
#include "model/idpf/rx_descriptors.h"
#include "model/pcie/dma.h"
#include "model/queue/interrupts.h"

namespace pspnic::queue {

struct RxQueueParams {
  unsigned fetch_descriptors = 32;
  unsigned cache_descriptors = 128;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("fetch_descriptors", fetch_descriptors, 1u, 256u, "Buffer descriptors of one fetch",
            "Assumed: 1 KiB, two PCIe read requests");
    v.value("cache_descriptors", cache_descriptors, 8u, 4096u,
            "Buffer descriptors a queue holds or has asked for",
            "Assumed: covers the PCIe round trip at 200 million packets a second");
  }
};

struct BufferQueueContext {
  uint64_t ring_address = 0;
  uint16_t ring_length = 0;
  uint32_t buffer_bytes = 0;
};

struct RxQueueContext {
  uint64_t ring_address = 0;
  uint16_t ring_length = 0;
  uint16_t buffer_queue_1 = 0;
  uint16_t buffer_queue_2 = 0;
  uint32_t max_packet_bytes = 0;
  bool psp = false;
};

// Told what became of a packet that was handed over.
class RxPlacement {
 public:
  struct Receipt {
    uint16_t queue = 0;
    uint32_t bytes = 0;
    uint32_t buffered_bytes = 0;  // both as the packet says
    base::Time wire_end = 0;
  };
  virtual ~RxPlacement() = default;
  // Its bytes have left for host memory at `left`.
  virtual void on_placed(const Receipt& receipt, base::Time left) = 0;
  virtual void on_refused(const Receipt& receipt, base::DropReason reason) = 0;
};

class RxQueues {
 public:
  struct Ports {
    base::EventQueue& events;
    pcie::DmaEngine& dma;
    Interrupts& interrupts;
    base::ViolationLog& violations;
  };

  RxQueues(base::StatGroup& parent, const RxQueueParams& params, uint16_t queues, uint16_t buffer_queues,
           const Ports& ports);
  void set_placement(RxPlacement* placement) { placement_ = placement; }

  void configure(uint16_t queue, const RxQueueContext& context);
  void configure_buffers(uint16_t buffer_queue, const BufferQueueContext& context);
  void enable(uint16_t queue, bool enabled);
  void enable_buffers(uint16_t buffer_queue, bool enabled);
  bool enabled(uint16_t queue) const { return queues_[queue].enabled; }
  bool buffers_enabled(uint16_t buffer_queue) const { return buffer_queues_[buffer_queue].enabled; }
  bool psp(uint16_t queue) const { return queues_[queue].context.psp; }
  void map_vector(uint16_t queue, uint16_t vector, uint8_t itr_index);
  void write_buffer_tail(uint16_t buffer_queue, uint32_t value);
  uint32_t read_buffer_tail(uint16_t buffer_queue) const { return buffer_queues_[buffer_queue].tail; }

  // Puts the packet into buffers and completes it with `metadata` (length, generation and buffer are filled
  // in here).
  void deliver(uint16_t queue, base::PacketPtr packet, const idpf::RxCompletion& metadata);

  // Reads of buffer descriptors under way; a queue is drained when there are none.
  bool reading(uint16_t buffer_queue) const { return buffer_queues_[buffer_queue].reading > 0; }
  void violate_buffers(uint16_t buffer_queue, std::string field, std::string rule, std::string seen);
  void reset();

 private:
  struct BufferQueue {
    BufferQueueContext context;
    bool enabled = false;
    bool stopped = false;
    uint16_t tail = 0;
    uint16_t fetch_head = 0;
    uint16_t reading = 0;
    uint64_t posted = 0;  // descriptors handed over since configuration
    base::Ring<uint16_t> batches;
    std::vector<uint8_t> cache;
    unsigned cache_write = 0;
    unsigned cache_read = 0;
    unsigned cached = 0;
  };
  struct Waiting {
    base::PacketPtr packet;
    idpf::RxCompletion metadata;
  };
  struct Queue {
    RxQueueContext context;
    bool enabled = false;
    idpf::RingPosition position{1};
    uint64_t completed = 0;        // completions written since configuration
    uint64_t posted_at_start = 0;  // buffers that were there when the first completion was written
    uint16_t vector = Interrupts::kNoVector;
    uint8_t itr_index = 0;
    base::Ring<Waiting> waiting;  // for descriptors on their way
  };

  void take_tail(uint16_t number, uint32_t value);
  void fetch(uint16_t number, bool in_part = false);
  void retry_waiting(uint16_t buffer_queue);
  void on_descriptors(uint64_t argument, pcie::DmaStatus status);
  bool place(uint16_t number, Waiting& waiting);
  bool completion_room(Queue& queue, unsigned buffers) const;
  idpf::RxBufferDescriptor take_buffer(BufferQueue& buffers);
  void write_completion(uint16_t number, const idpf::RxCompletion& completion);
  void refuse(uint16_t number, const base::Packet& packet, base::DropReason reason);
  void clear_buffers(BufferQueue& buffers);

  RxQueueParams params_;
  Ports ports_;
  RxPlacement* placement_ = nullptr;
  std::vector<Queue> queues_;
  std::vector<BufferQueue> buffer_queues_;
  base::StatGroup group_;
  base::Counter doorbells_{group_, "doorbells", "write", "Tail writes of buffer queues"};
  base::Counter descriptors_{group_, "descriptors", "descriptor", "Buffer descriptors fetched"};
  base::Counter fetches_{group_, "fetches", "read", "Batches of buffer descriptors fetched"};
  base::Counter written_{group_, "completions", "completion", "Completions written"};
  base::Counter waited_{group_, "waited", "packet", "Packets that waited for a buffer descriptor on its way"};
  base::Counter stopped_{group_, "stopped", "queue", "Buffer queues stopped because of a violation"};
};

}  // namespace pspnic::queue
