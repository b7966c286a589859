// SPDX-License-Identifier: Apache-2.0
// The last stage before the queues: merges TCP segments that follow each other in a flow, plain ones and
// those out of PSP (receive coalescing, HW-GRO), takes PSP headers off if the driver wants that, and says
// where headers end if it wants them split off. The rules of merging are gro_aggregate.h; here are contexts
// and time.
//
// Waits for: the packet before, in the stage; a merged packet for its next one, up to `timeout`. Takes:
// `cycles` of the receive pipeline's clock a packet and `latency_cycles` until it is merged or handed on, for
// queues with RSC; nothing for all others. Drops: nothing; the queue may refuse what it is handed.
//
// A context is one merged packet that may still grow. Contexts are the ways of sets, as in a cache: a flow's
// hash names the set. A flow that finds its set full takes the way that was opened first (its packet goes to
// the queue), or passes unmerged, as `miss` says. Packets of a flow keep their order: one that is not merged
// goes behind what has been. Merged packets stay in the packet buffer until they have left for host memory.
#pragma once

#include <cstdint>
#include <vector>

#include "model/base/clock.h"
#include "model/base/event_fifo.h"
#include "model/base/packet.h"
#include "model/base/params.h"
#include "model/base/ring.h"
#include "model/base/server.h"
#include "model/base/stats.h"
#include "model/queue/rx_queues.h"
#include "model/rx/gro_aggregate.h"
#include "model/rx/gro_stats.h"

namespace pspnic::rx {

struct GroParams {
  enum class Miss { kEvict, kPass };
  unsigned contexts = 256;
  unsigned ways = 4;
  Miss miss = Miss::kEvict;
  base::Duration timeout{10 * base::kUs};
  unsigned limit_bytes = 65535;
  unsigned limit_segments = 64;
  base::ByteSize hold{256 * base::kKiB};
  unsigned cycles = 2;
  unsigned latency_cycles = 10;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("contexts", contexts, 1u, 65536u, "Merged packets that may grow at a time", "Assumed");
    v.value("ways", ways, 1u, 64u, "Contexts of a set, of which the flow's hash chooses one",
            "Assumed: as many as can be compared in a cycle; must divide contexts");
    v.choice("miss", miss, {{"evict", Miss::kEvict}, {"pass", Miss::kPass}},
             "A flow whose set is full takes the oldest context, or is not merged", "Assumed");
    v.value("timeout", timeout, base::Duration{1 * base::kNs}, base::Duration{1 * base::kMs},
            "How long a merged packet may grow, from its first segment on",
            "Assumed: 162 full packets at 200 Gb/s; Linux's gro_flush_timeout is usually 20 us");
    v.value("limit_bytes", limit_bytes, 1280u, 65535u, "IP length of the largest merged packet",
            "What the length field of IPv4 can say");
    v.value("limit_segments", limit_segments, 2u, 1024u, "Segments of the largest merged packet", "Assumed");
    v.value("hold", hold, base::ByteSize{16 * base::kKiB}, base::ByteSize{64 * base::kMiB},
            "Bytes of the packet buffer that contexts may hold; above, the oldest is handed on",
            "Assumed: half of nic.rx.buffer, so that the wire finds room");
    v.value("cycles", cycles, 1u, 1000u, "Cycles the stage is taken by a packet",
            "Assumed: look-up and update, as fast as the placement");
    v.value("latency_cycles", latency_cycles, 1u, 10000u, "Cycles until a packet is merged or handed on",
            "Assumed");
  }
};

class Coalescer {
 public:
  struct Ports {
    base::EventQueue& events;
    queue::RxQueues& queues;
  };

  // std::invalid_argument if ways do not divide contexts.
  Coalescer(base::StatGroup& parent, const GroParams& params, base::Frequency clock, const Ports& ports);

  // A packet for this queue; nothing of `metadata` but what the queue fills in will be added to it.
  void take(uint16_t queue, base::PacketPtr packet, const idpf::RxCompletion& metadata,
            const SealedBy& sealed_by);
  // Hands on what has been merged for the queue.
  void drain(uint16_t queue);
  // Whether a packet of one of these queues is here.
  bool holds(uint16_t first_queue, uint16_t queues) const;
  // Forgets all packets.
  void reset();

  const GroStats& stats() const { return stats_; }

 private:
  static constexpr uint32_t kNone = ~uint32_t{0};

  struct Item {
    uint16_t queue = 0;
    base::PacketPtr packet;
    idpf::RxCompletion metadata;
    SealedBy sealed_by{};
  };
  struct Context {
    bool open = false;
    uint64_t serial = 0;  // tells its timer from that of a context before
    base::Time deadline = 0;
    uint32_t older = kNone;  // list in order of opening
    uint32_t newer = kNone;
    uint64_t buffered_bytes = 0;
    base::Packet* last = nullptr;
    Item item;
    GroAggregate aggregate;
    GroFlow flow;
  };

  void on_packet(uint64_t);
  void on_timeout(uint64_t serial_and_index);
  void merge(Item& item, const GroSegment& segment);
  void open(Item& item, const GroSegment& segment);
  bool append(Context& context, Item& item, const GroSegment& segment);
  void end_if_full(uint32_t index);
  void relieve();
  void flush(uint32_t index, GroFlush why);
  void flush_queue(uint16_t queue, GroFlush why);
  [[gnu::noinline]] void work_on(Item item);
  void hand_on(Item& item);
  void deliver(Item& item);
  uint32_t find(const GroFlow& flow) const;
  uint32_t find_room(const GroFlow& flow);
  uint32_t first_way(const GroFlow& flow) const { return flow.hash() % sets_ * params_.ways; }
  GroLimits limits(uint16_t queue) const;
  void link(uint32_t index);
  void unlink(uint32_t index);

  GroParams params_;
  Ports ports_;
  GroStats stats_;
  base::Service service_;
  uint32_t sets_;
  std::vector<Context> contexts_;
  uint32_t oldest_ = kNone;
  uint32_t newest_ = kNone;
  uint64_t held_bytes_ = 0;
  uint64_t serial_ = 0;
  base::Time free_at_ = 0;  // the stage
  base::Ring<Item> stage_;
  base::EventFifo arrivals_;
  base::EventFifo timeouts_;
};

}  // namespace pspnic::rx
