// SPDX-License-Identifier: Apache-2.0
// One direction of the cable between the two cards: delays frames, counts them, and hands each to a tap on
// the way.
//
// Takes: `delay` from last bit sent to last bit arrived. Drops: nothing.
#pragma once

#include <cstdint>

#include "model/base/event_fifo.h"
#include "model/base/packet.h"
#include "model/base/params.h"
#include "model/base/ring.h"
#include "model/base/stats.h"
#include "model/mac/mac.h"
#include "model/nic/nic.h"

namespace pspnic::bench {

struct CableParams {
  base::Duration delay{50 * base::kNs};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("delay", delay, base::Duration{0}, base::Duration{1 * base::kSec}, "Propagation delay, each way",
            "10 m of fibre at 5 ns a metre");
  }
};

// Sees every frame that crosses the cable, when it arrives; its time stamp is that of the last bit's
// departure.
class WireTap {
 public:
  virtual ~WireTap() = default;
  virtual void on_frame(const base::Packet& frame) = 0;
};

class Cable : public mac::Wire {
 public:
  Cable(base::StatGroup& parent, const char* name, const CableParams& params, base::EventQueue& events);
  void connect(nic::Nic* receiver) { receiver_ = receiver; }
  void set_tap(WireTap* tap) { tap_ = tap; }

  void transmit(base::PacketPtr packet) override;

  uint64_t frames() const { return frames_.value(); }
  base::Time first_departure() const { return first_; }
  base::Time last_departure() const { return last_; }
  void restart_window();

 private:
  void on_arrival(uint64_t);

  CableParams params_;
  nic::Nic* receiver_ = nullptr;
  WireTap* tap_ = nullptr;
  base::Ring<base::PacketPtr> flying_;
  base::EventFifo arrivals_;
  base::Time first_ = 0;
  base::Time last_ = 0;
  bool any_ = false;
  base::StatGroup group_;
  base::Counter frames_{group_, "frames", "frame", "Frames that crossed"};
  base::Counter bytes_{group_, "bytes", "byte", "Bytes of these, without preamble, check sequence and gap"};
  base::Counter wire_time_{group_, "wire_time", "ps",
                           "Time of the wire these took, preamble and gap included"};
};

}  // namespace pspnic::bench
