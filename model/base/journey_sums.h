// SPDX-License-Identifier: Apache-2.0
// Sums of the journeys (journey.h) of all packets that a card has put into host memory: what mean times by
// part are made of. Times in ps.
#pragma once

#include "model/base/journey.h"
#include "model/base/stats.h"

namespace pspnic::base {

// Told of each packet that has got there, its last part included.
class JourneyListener {
 public:
  virtual ~JourneyListener() = default;
  virtual void on_journey(const Journey& journey) = 0;
};

// Of all packets that have got there.
class JourneySums {
 public:
  explicit JourneySums(StatGroup& parent);

  // The packet's last steps are known: at `left` its bytes are on their way, which took `transfer` of that
  // time at least, at `visible` so is its completion.
  void add(Journey& journey, Time left, Time transfer, Time visible) {
    journey.reach(Leg::kWriteWait, Leg::kWrite, left, transfer);
    journey.reach(Leg::kCompletion, visible);
    for (size_t i = 0; i < kLegs; ++i) legs_.add(i, journey.legs[i]);
    packets_++;
    began_ += journey.began;
    ended_ += visible;
    if (listener_ != nullptr) listener_->on_journey(journey);
  }
  void set_listener(JourneyListener* listener) { listener_ = listener; }

  uint64_t packets() const { return packets_.value(); }
  Time sum(Leg leg) const { return legs_[leg]; }
  // Sums of absolute times, modulo 2^64: only differences from sums over as many packets mean something.
  uint64_t began() const { return began_; }
  uint64_t ended() const { return ended_; }
  // A measured window begins; the counters are reset with their tree.
  void begin_window() { began_ = ended_ = 0; }

 private:
  StatGroup group_;
  Counter packets_{group_, "packets", "packet", "Packets put into host memory"};
  CounterArray legs_;
  uint64_t began_ = 0;
  uint64_t ended_ = 0;
  JourneyListener* listener_ = nullptr;
};

}  // namespace pspnic::base
