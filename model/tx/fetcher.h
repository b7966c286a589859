// SPDX-License-Identifier: Apache-2.0
// Reads the data of packets from host memory and hands each finished read to the pipeline; cuts TSO frames
// into segments on the way, so that no more than a segment at a time is held.
//
// Waits for: SAs that are in memory, room in the packet buffer, the fetch window, DMA. Takes: the DMA
// engine's time. Serves queues as QueueScheduler says, one frame at a time; a queue whose packet finds its
// part of the buffer used up (that of the crypto lanes, or of its traffic class) stands back until there is
// room, and the others go on. Plain packets are looked up in the flow table when their headers are there.
// Drops: kTxNoSa, kTxTooLong, kTxDmaFault, kTxBadDescriptor, kTxBadPspPacket, kTxFlowUnprotected, each
// reported like a frame sent, in order; kTxQueueReset.
#pragma once

#include <array>
#include <bitset>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/base/credits.h"
#include "model/base/wait_stats.h"
#include "model/flow/flow_table.h"
#include "model/queue/tx_queues.h"
#include "model/queue/tx_reports.h"
#include "model/tx/pipeline.h"
#include "model/tx/queue_scheduler.h"
#include "model/tx/sa_loader.h"

namespace pspnic::tx {

class Fetcher : public queue::TxJobSink, private PacketRoom, private SaLoadListener {
 public:
  struct Ports {
    base::EventQueue& events;
    pcie::DmaEngine& dma;
    base::PacketPool& pool;
    queue::TxQueues& queues;
    queue::TxReports& reports;
    crypto::SaTable& sas;
    Pipeline& pipeline;
    const mac::Mac& mac;
    base::CounterArray& drops;
    flow::FlowTable* flows = nullptr;  // null: none
    SaLoader* loader = nullptr;        // null: all SAs are at hand
    uint16_t flow_vports = 0xffff;     // the first so many vports are those whose packets are looked up
  };

  Fetcher(base::StatGroup& parent, const TxParams& params, uint16_t queues, uint16_t vports,
          const Ports& ports);

  void on_job(uint16_t queue) override;
  void on_named_sa(queue::TxJob& job) override;
  void on_forgotten(queue::TxJob& job) override;
  // The vport with which the queue shares; while the queue is idle.
  void set_vport(uint16_t queue, uint16_t vport) { scheduler_.set_vport(queue, vport); }
  // What the vport sends comes back to it; decided when a frame's data is asked for.
  void set_loopback(uint16_t vport, bool on) { loopback_[vport] = on; }
  // What these vports have sent and is not on the wire ends here, dropped for kTxQueueReset: of frames being
  // read, when their data is there and this is called again. Their queues are disabled.
  void give_up(uint16_t first_vport, uint16_t vports);
  void reset();

  // Since the beginning.
  uint64_t frames() const { return frames_.all_time(); }
  uint64_t dropped() const { return dropped_.all_time(); }
  uint64_t held() const { return fetches_.size() - header_reads_; }  // frames whose data is on its way
  // In words, the queues that stand back and for what; nothing if none does.
  std::string explain() const;

 private:
  // Most jobs' headers come with their first data. Those of a TSO frame whose segments may be too long once
  // they are encapsulated are read alone, before the rest is cut.
  enum class Headers : uint8_t { kWithData, kWanted, kReading, kKnown };
  // A job that is being read, or whose last reads are under way.
  struct Active {
    queue::TxJobPtr job;
    HeaderMap map;
    std::array<uint8_t, queue::TxJob::kMaxHeaderBytes> header;
    const crypto::Sa* sa = nullptr;
    base::Time sa_wait = 0;  // how long its queue stood back for it; while it does: since when
    crypto::Sa own_sa;       // of the key in its descriptors
    flow::SaName sa_name;
    bool holds_sa = false;
    bool protects = false;  // the device builds its PSP headers
    std::optional<uint32_t> flow;
    flow::Encapsulation encapsulation;
    Headers headers = Headers::kWithData;
    bool dropped = false;
    base::DropReason reason = base::DropReason::kTxBadDescriptor;
    uint32_t segments = 0;
    uint32_t requested = 0;
    uint32_t finished = 0;
    base::Time sealed = 0;  // its last segment is out of the AES-GCM lanes
    unsigned piece = 0;     // next byte to read: piece and offset in it
    uint32_t piece_offset = 0;
  };
  struct Fetch {
    static constexpr uint32_t kHeaders = ~uint32_t{0};
    base::PacketPtr packet;
    Active* active = nullptr;
    uint32_t segment = 0;  // or kHeaders
    unsigned reads = 0;
    bool in_crypto_part = false;                    // of the buffer
    bool to_lanes = false;                          // it is to be sealed itself
    pcie::DmaStatus status = pcie::DmaStatus::kOk;  // the first that failed
    uint64_t failed = 0;                            // which it was: piece, and offset in it
  };
  struct QueueState {
    Active* current = nullptr;
    uint8_t traffic_class = 0;
    bool standing_back = false;
    uint16_t flow_overhead =
        0;                  // of its last packet, if the flow table had it sealed: the next one will be, too
    uint32_t to_lanes = 0;  // packets being read that are to be sealed
    base::Time in_lanes_until = 0;
  };
  enum class Room { kYes, kNone, kNoneForCrypto, kNoneForClass };

  void shape();
  void pump(uint64_t);
  [[gnu::noinline]] void look_for_crypto_room();
  void wake_at(base::Time when);
  // What the next read of a packet takes.
  struct Need {
    uint32_t length = 0;    // of the read
    uint32_t reserved = 0;  // of the buffer
    bool sealed = false;
    bool crypto_part = false;  // sealed, or behind packets of its queue that are
  };
  Need need_of(const Active& active) const;
  Room room_for(const Active& active, const Need& need);
  void request(Active& active, const Need& need);
  // As far as is known before its headers have been read.
  bool sealed(const Active& active) const {
    return (active.job->psp || active.protects ||
            (active.headers == Headers::kWithData && queues_[active.job->queue].flow_overhead > 0)) &&
           !active.dropped;
  }
  uint32_t charged_bytes(const Active& active, uint32_t length) const;
  [[gnu::noinline]] void wait_for_sa(Active& active);
  [[gnu::noinline]] void stand_back(std::vector<uint16_t>& list, uint16_t queue);
  [[gnu::noinline]] void come_back(std::vector<uint16_t>& list);
  void on_room(const base::Packet& packet) override;
  void on_sa_loaded() override;
  [[gnu::cold]] void check_loaded(Active& active);
  void count_bad_sa(uint16_t queue) {
    bad_sa_++;
    ports_.pipeline.count_bad_sa(static_cast<uint8_t>(scheduler_.vport(queue)));
  }
  bool release(base::Time when, const base::Packet& packet);
  [[gnu::noinline]] Active* start_job(uint16_t queue);
  [[gnu::cold]] void doom(Active& active, base::DropReason reason);
  bool take_sa(Active& active, const flow::SaName& name);
  [[gnu::noinline]] void take_own_sa(Active& active, std::span<const uint8_t> headers);
  void wipe_own_sa(Active& active);
  [[gnu::noinline]] void take_encapsulation(Active& active);
  bool may_be_too_long(const queue::TxJob& job, size_t overhead) const;
  [[gnu::noinline]] bool take_headers(Fetch& fetch);
  [[gnu::noinline]] void cut_to_fit(Active& active);
  void check_read(Active& active, const Fetch& fetch);
  [[gnu::noinline]] void protect_flow(Active& active, std::span<const uint8_t> headers);
  [[gnu::noinline]] void count_flow(const Active& active, uint32_t bytes, bool dropped);
  void begin_journey(base::Journey& journey, const Active& active) const;
  uint32_t segment_bytes(const Active& active, uint32_t segment) const;
  void read_segment(Active& active, Fetch& fetch, uint8_t* destination, uint32_t length);
  // Of which piece of a job, and from which byte of it on.
  static constexpr unsigned kOffsetBits = 16;
  static uint64_t read_name(unsigned piece, uint32_t offset) {
    return uint64_t{piece} << kOffsetBits | offset;
  }
  void on_read(uint64_t read, pcie::DmaStatus status);
  bool complete(Fetch& fetch);
  bool prepare(Active& active, Fetch& fetch);
  [[gnu::cold]] void refuse(Active& active, TransformError error, std::span<const uint8_t> headers);
  [[gnu::cold]] void note_refused(const Active& active, TransformError error, const base::Packet& packet);
  [[gnu::cold]] void doom_too_long(Active& active);
  [[gnu::cold]] void doom_without_sa(Active& active);
  [[gnu::cold]] void fail(Active& active, base::DropReason reason, const queue::TxFault& fault);
  [[gnu::cold]] queue::TxFault fault_of(const Active& active, TransformError error,
                                        std::span<const uint8_t> frame) const;
  [[gnu::noinline]] void finish_job(Active& active);
  void cut_short(QueueState& queue);
  Active* take_active();
  // What a driver has sealed, or has the device seal, is not looked up in the flow table.
  bool may_match(const queue::TxJob& job) const {
    return ports_.flows != nullptr && !ports_.flows->empty() && !job.psp && !job.device_built &&
           scheduler_.vport(job.queue) < ports_.flow_vports;
  }

  TxParams params_;
  Ports ports_;
  std::bitset<Pipeline::kMaxVports> loopback_;  // by vport
  std::vector<QueueState> queues_;
  QueueScheduler scheduler_;
  std::vector<uint16_t> without_crypto_room_;  // queues that stand back
  std::vector<uint16_t> without_sa_;           // because it is on its way
  uint64_t sas_loaded_ = 0;                    // tickets of the loader that are served
  std::array<std::vector<uint16_t>, mac::kTrafficClasses> without_class_room_;
  base::Ring<Fetch> fetches_;
  uint64_t header_reads_ = 0;  // of them, of headers alone
  std::vector<std::unique_ptr<Active>> actives_;
  std::vector<Active*> free_actives_;
  base::Credits buffer_;
  base::Credits crypto_buffer_;  // part of buffer_: packets not yet out of the lanes, or behind such
  bool classes_ = false;         // class_buffers_ are smaller than the buffer
  std::array<uint64_t, mac::kTrafficClasses> class_bytes_{};  // of buffer_
  uint64_t window_bytes_ = 0;                                 // asked for and not yet there
  base::Time wake_ = base::kNever;
  // Why the last pump() ended.
  enum class Ended { kNothingToDo, kWindow, kBuffer, kBufferUntilWake } ended_ = Ended::kNothingToDo;
  base::StatGroup group_;
  base::Counter frames_{group_, "frames", "frame",
                        "Frames whose data was asked for; segments of TSO one by one"};
  base::Counter tso_{group_, "tso_frames", "frame", "TSO frames begun"};
  base::Counter dropped_{group_, "dropped", "frame", "Frames dropped instead of sent"};
  base::Counter bad_sa_{group_, "bad_sa", "packet", "PSP packets whose SA slot was empty or had another tag"};
  base::WaitStats window_waits_{group_, "window"};
  base::WaitStats sa_waits_{group_, "sa"};
  base::WaitStats buffer_waits_{group_, "buffer"};
  base::WaitStats crypto_waits_{group_, "crypto_buffer"};
  base::WaitStats class_waits_{group_, "class_buffer"};
};

}  // namespace pspnic::tx
