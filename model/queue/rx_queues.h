// SPDX-License-Identifier: Apache-2.0
// Receive queues: buffers that a driver posted, and completions for the packets put into them.
//
// Waits for: buffer descriptors that are posted but not yet fetched (the packet waits, in order). Takes: the
// DMA engine's time. Drops: kRxNoBuffer when nothing is posted, kRxQueueDisabled, kRxFrameLength.
//
// Split queue: buffers come from two buffer queues, completions go to the queue's own ring. A packet that
// fits one buffer of buffer queue 2 goes there, else to as many of queue 1 as it needs, and there is no
// falling back from one to the other. Merged packets (a chain, model/rx/coalescer.h) always take buffers of
// queue 1. With header split the first metadata.header_length bytes go to the header buffer of the first
// buffer, if they fit it, and what fits is decided by the rest. Single queue: buffers come from the queue's
// own ring, and a completion overwrites the descriptor of its buffer. Buffers of a ring are used strictly in
// its order (IDPF 1.0).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/base/drop_reason.h"
#include "model/base/journey_sums.h"
#include "model/base/params.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/base/violation.h"
#include "model/idpf/generation.h"
#include "model/idpf/rx_descriptors.h"
#include "model/idpf/virtchnl2_queue.h"
#include "model/pcie/dma.h"
#include "model/queue/descriptor_ring.h"
#include "model/queue/interrupts.h"
#include "model/queue/packet_chain.h"
#include "model/queue/queue_watch.h"

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
  idpf::QueueModel model = idpf::QueueModel::kSplit;
  uint32_t buffer_bytes = 0;  // single queue
  uint32_t rsc = 0;           // split queue: rsc_caps bits of what is to be coalesced
  uint16_t header_bytes = 0;  // split queue: size of the header buffers; 0: headers are not split off
  uint16_t vport = 0;         // whose it is
};

// Told what became of a packet that was handed over: of a chain once for each packet in it.
class RxPlacement {
 public:
  struct Receipt {
    uint16_t queue = 0;
    uint32_t bytes = 0;
    uint32_t buffered_bytes = 0;  // this and the next as the packet says
    uint8_t traffic_class = 0;
    uint8_t vport = 0;
    base::Time wire_end = 0;
  };
  static Receipt receipt(uint16_t queue, const base::Packet& packet) {
    return {queue, packet.size(), packet.buffered_bytes, packet.traffic_class, packet.vport, packet.wire_end};
  }
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
  void set_watch(QueueWatch* watch) { watch_ = watch; }  // null: nobody looks on

  void configure(uint16_t queue, const RxQueueContext& context);
  void configure_buffers(uint16_t buffer_queue, const BufferQueueContext& context);
  void enable(uint16_t queue, bool enabled);
  void enable_buffers(uint16_t buffer_queue, bool enabled);
  bool enabled(uint16_t queue) const { return queues_[queue].enabled; }
  bool buffers_enabled(uint16_t buffer_queue) const { return sources_[buffer_queue].enabled; }
  bool psp(uint16_t queue) const { return queues_[queue].context.psp; }
  uint32_t rsc(uint16_t queue) const { return queues_[queue].context.rsc; }
  bool header_split(uint16_t queue) const { return queues_[queue].context.header_bytes != 0; }
  idpf::QueueModel model(uint16_t queue) const { return queues_[queue].context.model; }
  // Bytes of the largest merged packet that the queue's buffers and completions have room for.
  uint32_t max_merged_bytes(uint16_t queue) const;
  void map_vector(uint16_t queue, uint16_t vector, uint8_t itr_index);
  void write_buffer_tail(uint16_t buffer_queue, uint32_t value);
  uint32_t read_buffer_tail(uint16_t buffer_queue) const { return sources_[buffer_queue].ring.tail(); }
  // Of a single queue.
  void write_tail(uint16_t queue, uint32_t value);
  uint32_t read_tail(uint16_t queue) const { return sources_[own_source(queue)].ring.tail(); }

  // Puts the packet, with what is chained to it, into buffers and completes it with `metadata` (length,
  // generation, buffer and, from header_length, how the headers were split off are filled in here).
  void deliver(uint16_t queue, base::PacketPtr packet, const idpf::RxCompletion& metadata);

  // Reads of buffer descriptors under way; a queue is drained when there are none.
  bool reading_buffers(uint16_t buffer_queue) const { return sources_[buffer_queue].ring.reading() > 0; }
  bool reading(uint16_t queue) const { return sources_[own_source(queue)].ring.reading() > 0; }
  // Whose packets lie in the buffers of `source`.
  [[gnu::cold]] uint16_t vport_of(uint32_t source) const;
  // A write into a buffer failed; `source` is the queue that its DMA request named.
  [[gnu::cold]] void violate_buffers(uint32_t source, base::DriverRule rule, std::string field,
                                     std::string seen, std::string expected = {});
  void reset();
  // One queue, and what is posted in its own ring; its buffer queues are others.
  void reset(uint16_t queue);

  // Of the packets put into host memory.
  const base::JourneySums& journeys() const { return journeys_; }
  void begin_window() { journeys_.begin_window(); }
  void set_journey_listener(base::JourneyListener* listener) { journeys_.set_listener(listener); }

 private:
  // Where buffers come from: the buffer queues, and behind them the own rings of single queues.
  struct Source {
    DescriptorRing ring;
    uint32_t buffer_bytes = 0;
    uint16_t vport = 0;  // of the queues that take buffers from it
    bool enabled = false;
    bool stopped = false;  // by a violation
    uint64_t posted = 0;   // descriptors handed over since configuration
    // Buffers that the driver has not given back: the receive queues that filled them, oldest first. What is
    // posted after the first buffer was taken are buffers that came back, in the order in which they went.
    base::Ring<uint16_t> unread;

    bool usable() const { return enabled && !stopped && buffer_bytes != 0; }
  };
  struct Buffer {
    uint64_t address = 0;
    uint64_t header_address = 0;
    uint16_t id = 0;
    uint16_t index = 0;  // in its ring
  };
  // Where a packet goes.
  struct Plan {
    uint16_t source;
    unsigned buffers;
    uint32_t header;  // bytes of it that go to the header buffer
    uint32_t bytes;   // the others
  };
  struct Waiting {
    base::PacketPtr packet;
    idpf::RxCompletion metadata;
  };
  struct Queue {
    RxQueueContext context;
    bool enabled = false;
    idpf::RingPosition position{1};
    uint32_t unread = 0;  // completions whose buffers have not come back
    uint16_t vector = Interrupts::kNoVector;
    uint8_t itr_index = 0;
    base::Ring<Waiting> waiting;  // for descriptors on their way
  };

  uint16_t own_source(uint16_t queue) const { return static_cast<uint16_t>(buffer_queues_ + queue); }
  base::Site site_of(uint32_t source) const;
  uint16_t source_for(const Queue& queue, bool merged, uint32_t bytes) const;
  static uint32_t split_bytes(const Queue& queue, const idpf::RxCompletion& metadata);
  void configure_source(uint16_t number, uint64_t address, uint16_t length, uint32_t buffer_bytes);
  void enable_source(uint16_t number, bool enabled);
  void clear(Source& source);
  void take_tail(uint16_t number, uint32_t value);
  void take_back(Source& source, uint32_t buffers);
  [[gnu::noinline]] void fetch(uint16_t number, bool in_part = false);
  [[gnu::cold]] void tell_posted(uint16_t source, unsigned before);
  void retry_waiting(uint16_t source);
  void retry_queue(uint16_t number);
  void on_descriptors(uint64_t argument, pcie::DmaStatus status);
  bool place(uint16_t number, base::PacketPtr& packet, const idpf::RxCompletion& metadata);
  void put_whole(uint16_t number, uint16_t from, base::PacketPtr packet, const idpf::RxCompletion& metadata);
  [[gnu::noinline]] void put(uint16_t number, const Plan& plan, base::PacketPtr packet,
                             const idpf::RxCompletion& metadata);
  base::Time fill(pcie::Requester requester, uint64_t address, uint32_t bytes, ChainReader& chain);
  void complete_part(uint16_t number, uint16_t from, const Buffer& buffer, idpf::RxCompletion& completion);
  bool completion_room(const Queue& queue, unsigned buffers) const;
  Buffer take_buffer(uint16_t number, Source& source);
  void write_completion(uint16_t number, idpf::RxCompletion& completion);
  [[gnu::noinline]] void write_back(uint16_t number, uint16_t index, const idpf::RxCompletion& metadata);
  [[gnu::cold]] void refuse(uint16_t number, const base::Packet& chain, base::DropReason reason);

  Ports ports_;
  RxPlacement* placement_ = nullptr;
  QueueWatch* watch_ = nullptr;
  uint16_t buffer_queues_;
  std::vector<Queue> queues_;
  std::vector<Source> sources_;
  // Of the chain that is being placed.
  std::vector<RxPlacement::Receipt> receipts_;
  std::vector<base::Journey> chain_journeys_;
  base::StatGroup group_;
  base::Counter doorbells_{group_, "doorbells", "write", "Tail writes of buffer queues and single queues"};
  base::Counter descriptors_{group_, "descriptors", "descriptor", "Buffer descriptors fetched"};
  base::Counter fetches_{group_, "fetches", "read", "Batches of buffer descriptors fetched"};
  base::Counter written_{group_, "completions", "completion", "Completions written"};
  base::Counter waited_{group_, "waited", "packet", "Packets that waited for a buffer descriptor on its way"};
  base::Counter stopped_{group_, "stopped", "queue", "Rings of buffers stopped because of a violation"};
  base::JourneySums journeys_{group_};
  DescriptorRing::Reader ring_reader_;
};

}  // namespace pspnic::queue
