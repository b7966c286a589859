// SPDX-License-Identifier: Apache-2.0
// One direction of the cable between the two cards: delays frames, counts them, loses, damages, doubles and
// holds back those that its parameters say, and hands each that arrives to a tap on the way.
//
// Takes: `delay` from last bit sent to last bit arrived, twice that in a hairpin, none in a loopback; a
// second copy its own time on the wire more; what is held back up to `reorder.hold` more. Drops: what `loss`
// and `burst` say. sent + duplicated = frames + lost + burst_lost, when nothing is on its way.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/base/event_fifo.h"
#include "model/base/packet.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/mac/mac.h"
#include "model/nic/nic.h"
#include "testbench/bench/cable_params.h"
#include "testbench/bench/marks.h"

namespace pspnic::bench {

// Sees every frame that crosses the cable, when it arrives; its time stamp is that of the last bit's
// departure.
class WireTap {
 public:
  virtual ~WireTap() = default;
  virtual void on_frame(const base::Packet& frame) = 0;
};

// Sees every frame where it leaves a card, as it is, and where it arrives, as the cable has left it. `sender`
// is the number of the card (Side) it comes from.
class WireObserver {
 public:
  virtual ~WireObserver() = default;
  virtual void on_departure(unsigned sender, const base::Packet& frame) = 0;
  virtual void on_arrival(unsigned sender, const base::Packet& frame) = 0;
};

// What the cable draws its decisions from.
struct CableSeed {
  uint64_t seed = 1;
  unsigned sender = 0;  // Side
};

class Cable : public mac::Wire {
 public:
  Cable(base::StatGroup& parent, const char* name, const CableParams& params, base::EventQueue& events,
        base::PacketPool& pool, const CableSeed& seed);
  // Null: nobody is at the other end.
  // What it causes is the owner's.
  void connect(nic::Nic* receiver, base::EventQueue::Owner owner = base::EventQueue::kNobody) {
    receiver_ = receiver;
    receiver_owner_ = owner;
  }
  void set_tap(WireTap* tap) { tap_ = tap; }
  void set_observer(WireObserver* observer) { observer_ = observer; }

  void transmit(base::PacketPtr packet) override;

  uint64_t frames() const { return frames_.value(); }
  base::Time first_departure() const { return first_; }
  base::Time last_departure() const { return last_; }
  base::Time last_arrival() const { return last_arrival_; }
  // Bytes of the wire that frames took, preamble, check sequence and gap included.
  const Marks& wire_bytes() const { return wire_bytes_; }
  void restart_window();

  // What the faults have done since the window began.
  struct Faults {
    base::StatGroup group;
    explicit Faults(base::StatGroup& parent) : group(parent, "faults") {}
    base::Counter lost{group, "lost", "frame", "Lost one by one"};
    base::Counter burst_lost{group, "burst_lost", "frame", "Lost in bursts"};
    base::Counter duplicated{group, "duplicated", "frame", "Second copies that arrived as well"};
    base::Counter reordered{group, "reordered", "frame", "Held back so that later frames could pass"};
    base::Counter damaged{group, "damaged", "frame", "Arrived with flipped bits, to be found by their FCS"};
    base::Counter damaged_unseen{group, "damaged_unseen", "frame",
                                 "Arrived with flipped bits and a check sequence that matches them"};
  };
  const Faults& faults() const { return faults_; }
  uint64_t bit_error_hits(Region region) const { return trouble_ ? trouble_->bit_errors.hits(region) : 0; }

 private:
  // Faults of one direction, and what they draw from; only if there are any.
  struct Trouble {
    Trouble(const CableParams& params, uint64_t seed, const std::string& name);
    FaultStream loss, duplicate, reorder, burst_change, burst_loss;
    BitErrors bit_errors;
    bool in_burst = false;
    uint64_t frames = 0;
    uint64_t holds = 0;
    std::vector<base::PacketPtr> flying;  // by slot
    std::vector<uint32_t> free_slots;
    struct Held {
      uint64_t number;
      uint32_t slot;
      unsigned to_pass;
    };
    std::vector<Held> held;  // oldest first
  };

  void transmit_badly(base::PacketPtr packet);
  bool loses(uint64_t n);
  void fly(base::PacketPtr packet, base::Time arrival, bool held_back);
  void on_bad_arrival(uint64_t slot);
  void on_hold_over(uint64_t number);
  void let_pass();
  base::PacketPtr take_slot(uint32_t slot);
  void on_arrival(uint64_t);
  void arrive(base::PacketPtr packet);

  CableParams params_;
  base::EventQueue& events_;
  base::PacketPool& pool_;
  unsigned sender_;
  base::Time delay_;
  nic::Nic* receiver_ = nullptr;
  base::EventQueue::Owner receiver_owner_ = base::EventQueue::kNobody;
  WireTap* tap_ = nullptr;
  WireObserver* observer_ = nullptr;
  base::Ring<base::PacketPtr> flying_;
  base::EventFifo arrivals_;
  base::Time first_ = 0;
  base::Time last_ = 0;
  base::Time last_arrival_ = 0;
  bool any_ = false;
  uint64_t wire_sum_ = 0;
  Marks wire_bytes_;
  base::StatGroup group_;
  base::Counter frames_{group_, "frames", "frame", "Frames that crossed"};
  base::Counter bytes_{group_, "bytes", "byte", "Bytes of these, without preamble, check sequence and gap"};
  base::Counter wire_time_{group_, "wire_time", "ps", "Time of the wire these took, preamble included"};
  Faults faults_{group_};
  std::optional<Trouble> trouble_;
};

}  // namespace pspnic::bench
