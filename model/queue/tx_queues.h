// SPDX-License-Identifier: Apache-2.0
// Transmit queues: from the doorbell to packets asked for. Descriptors are fetched in batches into a small
// cache and put together to jobs, which wait for the transmit fetcher.
//
// Waits for: the doorbell, DMA, room in the cache, which a descriptor leaves when its packet is taken. Takes:
// the DMA engine's time for each batch. Drops: nothing of its own; a descriptor that breaks a rule stops its
// queue, with a violation that names queue, index, field and rule.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "model/base/params.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/base/violation.h"
#include "model/pcie/dma.h"
#include "model/queue/descriptor_ring.h"
#include "model/queue/queue_watch.h"
#include "model/queue/tx_descriptor_reader.h"
#include "model/queue/tx_job.h"

namespace pspnic::queue {

// When something happened to the descriptors of a ring, one after the other: a few runs of equal times. Where
// there would be too many, the latest run grows.
class DescriptorTimes {
 public:
  void add(uint32_t descriptors, base::Time when) {
    if (descriptors == 0) return;
    if (runs_.size() < kMaxRuns) {
      runs_.push({descriptors, when});
    } else {
      runs_.back().descriptors += descriptors;
    }
  }
  // Of the next descriptor; `otherwise` if nothing is known of it.
  base::Time next(base::Time otherwise) {
    if (runs_.empty()) return otherwise;
    Run& run = runs_.front();
    const base::Time when = run.when;
    if (--run.descriptors == 0) runs_.drop();
    return when;
  }
  void clear() { runs_.clear(); }

 private:
  static constexpr size_t kMaxRuns = 4096;
  struct Run {
    uint32_t descriptors = 0;
    base::Time when = 0;
  };
  base::Ring<Run> runs_;
};

struct TxQueueParams {
  unsigned fetch_descriptors = 32;
  unsigned cache_descriptors = 256;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("fetch_descriptors", fetch_descriptors, 1u, 256u, "Descriptors of one fetch",
            "Assumed: 512 bytes, one PCIe read request");
    v.value("cache_descriptors", cache_descriptors, 64u, 4096u,
            "Descriptors of a queue on the card: asked for, and not yet taken with their packet; one packet "
            "has 52 at most",
            "Assumed: covers the PCIe round trip at 200 million PSP packets a second, two descriptors each");
  }
};

struct TxQueueContext {
  uint64_t ring_address = 0;
  uint16_t ring_length = 0;
  bool psp = false;
  idpf::QueueModel model = idpf::QueueModel::kSplit;
  bool key_in_descriptor = false;
  // The SA slots of the queue's function: a descriptor counts from the first.
  uint32_t sa_first = 0;
  uint32_t sa_count = ~uint32_t{0};
};

// Takes jobs when there are some.
class TxJobSink {
 public:
  virtual ~TxJobSink() = default;
  virtual void on_job(uint16_t queue) = 0;
  // The descriptors of a packet that names an SA are there: it may take hold of the SA, before on_job(). It
  // is then taken, or forgotten before.
  virtual void on_named_sa(TxJob&) {}
  virtual void on_forgotten(TxJob&) {}
};

class TxQueues {
 public:
  struct Ports {
    base::EventQueue& events;
    pcie::DmaEngine& dma;
    base::ViolationLog& violations;
  };

  TxQueues(base::StatGroup& parent, const TxQueueParams& params, uint16_t count, const Ports& ports);
  void set_sink(TxJobSink* sink) { sink_ = sink; }
  void set_watch(QueueWatch* watch) { watch_ = watch; }  // null: nobody looks on

  void configure(uint16_t queue, const TxQueueContext& context);
  void enable(uint16_t queue);
  bool enabled(uint16_t queue) const { return queues_[queue].enabled; }
  void write_tail(uint16_t queue, uint32_t value);
  uint32_t read_tail(uint16_t queue) const { return queues_[queue].ring.tail(); }

  // Stops fetching and forgets what has not been started; `drained` is called, perhaps at once, when the last
  // job of the queue has finished. The tail latch is then 0.
  void disable(uint16_t queue, base::Callback drained);
  // Neither a job nor a read of descriptors is under way.
  bool idle(uint16_t queue) const {
    return queues_[queue].started == 0 && queues_[queue].ring.reading() == 0;
  }
  void reset();

  // The oldest job that has not been taken; null if there is none.
  TxJobPtr take_job(uint16_t queue);
  bool has_job(uint16_t queue) const { return !queues_[queue].jobs.empty(); }
  // A job taken has been read and completed, or dropped.
  void job_finished(uint16_t queue);

  // A rule broken that is found later than in the descriptor; stops the queue and forgets what comes behind.
  void violate(uint16_t queue, uint32_t index, base::DriverRule rule, std::string field, std::string seen,
               std::string expected = {});
  void violate(const TxJob& job, const TxFault& fault) {
    violate(job.queue, fault.index, fault.rule, fault.field, fault.seen, fault.expected);
  }
  // Whether anybody wants to know of packets that were dropped for a rule while the queue goes on.
  bool watched() const { return watch_ != nullptr; }
  void note_dropped(const TxJob& job, const TxFault& fault) {
    if (watch_ != nullptr) watch_->on_tx_dropped(job, fault);
  }
  // Of a packet's descriptors: the first, which is its context if it has one, and that of a piece of data.
  uint16_t first_index(const TxJob& job) const { return index_before(job, job.descriptor_count); }
  uint16_t piece_index(const TxJob& job, unsigned piece) const {
    return index_before(job, job.piece_count - piece);
  }
  uint16_t last_index(const TxJob& job) const { return index_before(job, 1); }

 private:
  struct Queue {
    TxQueueContext context;
    bool enabled = false;
    bool stopped = false;  // by a violation
    DescriptorRing ring;
    unsigned partial = 0;  // descriptors looked at, of a packet that is not complete
    TxDescriptorReader reader;
    base::Ring<TxJobPtr> jobs;
    DescriptorTimes doorbells;
    DescriptorTimes asked;
    uint32_t noted_tail = 0;
    uint32_t started = 0;  // jobs taken, not finished
    base::Callback drained;
  };

  // Descriptors of a packet whose end the driver has not handed over.
  static unsigned ended_in(const Queue& queue) {
    return queue.stopped || queue.ring.posted() > 0 ? 0 : queue.partial;
  }
  // So many in front of the one behind the packet.
  uint16_t index_before(const TxJob& job, unsigned count) const {
    const unsigned length = queues_[job.queue].context.ring_length;
    return static_cast<uint16_t>((job.head + length - count) % length);
  }
  void on_tail(uint16_t number);
  void note_tail(Queue& queue);
  void fetch(uint16_t number);
  void on_descriptors(uint64_t argument, pcie::DmaStatus status);
  void parse(uint16_t number);
  void check_drained(uint16_t number);
  void forget_jobs(Queue& queue);
  void stop(uint16_t number, uint32_t index, base::DriverRule rule, std::string field, std::string seen,
            std::string expected = {});
  void clear(Queue& queue);

  Ports ports_;
  TxJobSink* sink_ = nullptr;
  QueueWatch* watch_ = nullptr;
  TxJobPool pool_;  // outlives the jobs that the queues hold
  std::vector<Queue> queues_;
  base::StatGroup group_;
  base::Counter doorbells_{group_, "doorbells", "write", "Tail writes"};
  base::Counter descriptors_{group_, "descriptors", "descriptor", "Descriptors fetched"};
  base::Counter fetches_{group_, "fetches", "read", "Batches of descriptors fetched"};
  base::Counter jobs_{group_, "jobs", "packet", "Packets and TSO frames asked for"};
  base::Counter forgotten_{group_, "forgotten", "packet",
                           "Packets not begun when their queue was stopped or disabled"};
  base::Counter stopped_{group_, "stopped", "queue", "Queues stopped because of a violation"};
  DescriptorRing::Reader ring_reader_;
};

}  // namespace pspnic::queue
