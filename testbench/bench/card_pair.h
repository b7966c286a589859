// SPDX-License-Identifier: Apache-2.0
// Two cards joined by a cable, and what a simulation of them has once: events, packets, statistics. Each card
// wants a host at the two sockets of its endpoint; who drives them is not known here.
#pragma once

#include <array>
#include <memory>
#include <systemc>

#include "model/base/event_queue.h"
#include "model/base/packet.h"
#include "model/base/stats.h"
#include "model/nic/nic.h"
#include "model/nic/nic_params.h"
#include "testbench/bench/cable.h"

namespace pspnic::bench {

enum Side : unsigned { kA = 0, kB = 1 };
inline constexpr unsigned kSides = 2;
constexpr Side other(Side side) {
  return side == kA ? kB : kA;
}

// Of a card's events.
constexpr base::EventQueue::Owner owner_of(Side side) {
  return static_cast<base::EventQueue::Owner>(side + 1);
}

// Who the card of that side is in a run of this seed.
nic::Nic::Identity identity_of(Side side, uint64_t seed);

class CardPair : public sc_core::sc_module {
 public:
  CardPair(const sc_core::sc_module_name& name, const nic::NicParams& nic, const CableParams& cable,
           uint64_t seed);
  ~CardPair() override;

  base::EventQueue& events() { return events_; }
  nic::Nic& nic(Side side) { return *nics_[side]; }
  const nic::Nic& nic(Side side) const { return *nics_[side]; }
  // The direction that starts at `side`.
  Cable& cable(Side side) { return *cables_[side]; }
  // Where what this side sends arrives: the other one, or itself if the cable comes back.
  Side peer(Side side) const { return comes_back_ ? side : other(side); }
  const base::StatGroup& stats() const { return root_; }
  base::Time now() const { return events_.now(); }

  // A measured window: from begin_window() to the first finish(); then the statistics hold.
  void begin_window();
  void finish();
  base::Time window() const { return window_end_ - window_begin_; }

 protected:
  base::StatGroup& stat_root() { return root_; }

 private:
  base::StatGroup root_{""};
  base::PacketPool pool_;
  base::EventQueue events_;
  std::array<std::unique_ptr<Cable>, kSides> cables_;
  std::array<std::unique_ptr<nic::Nic>, kSides> nics_;

  bool comes_back_;
  base::Time window_begin_ = 0;
  base::Time window_end_ = 0;
  bool finished_ = false;
};

}  // namespace pspnic::bench
