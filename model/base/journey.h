// SPDX-License-Identifier: Apache-2.0
// Where the time of a packet goes, from the doorbell of its sender to its completion in the receiver's
// memory: one time for each part of the way, in ps. The parts of a packet add up to the time between its
// beginning and the last step, without rounding, because every step starts where the one before has ended.
//
// Use: begin() when the packet is made, reach() at the end of each part, in the order of time; where the
// packet is put into host memory its parts are added to a JourneySums (journey_sums.h).
// Cost: an addition a step, and one a part where it ends. Nothing is kept of single packets.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "model/base/time.h"

namespace pspnic::base {

// In the order of the way. What ends in Wait is time before a block began with the packet, the line behind
// it what the block took.
enum class Leg : uint8_t {
  kRingWait,     // in the host's ring: the card's cache of descriptors is full
  kDescriptors,  // read of its descriptors
  kTurn,         // other packets first; room in the fetch window and in the packet buffer
  kSaWait,       // its SA comes from memory
  kFetchWait,    // reads of its data wait for tags and for the link
  kFetch,        // what they take on an idle link
  kTxParseWait,
  kTxParse,
  kTxEditWait,
  kTxEdit,
  kTxLaneWait,  // lanes taken; results that wait for those in front
  kTxLane,
  kPortWait,  // the wire is taken, or its class is paused
  kPort,      // serialisation
  kCable,
  kRxParseWait,
  kRxParse,
  kKdfWait,
  kKdf,
  kRxLaneWait,
  kRxLane,
  kPlaceWait,
  kPlace,
  kCoalesce,    // in the coalescer
  kBuffers,     // descriptors of receive buffers are on their way
  kWriteWait,   // the link is taken
  kWrite,       // its bytes on the link
  kCompletion,  // its completion on the link, and on to host memory
  kCount
};
inline constexpr size_t kLegs = static_cast<size_t>(Leg::kCount);

// "tx_lane_wait", for statistics.
const char* leg_name(Leg leg);

struct Journey {
  std::array<Time, kLegs> legs{};
  Time began = 0;
  Time since = 0;  // the end of the last part

  void begin(Time now) {
    legs.fill(0);
    began = since = now;
  }
  // The part has ended at `when`, which is not before `since`.
  void reach(Leg leg, Time when) {
    legs[static_cast<size_t>(leg)] += when - since;
    since = when;
  }
  // Two parts have ended at `when`, of which the second takes at most `service`.
  void reach(Leg wait, Leg leg, Time when, Time service) {
    const Time time = when - since;
    reach(wait, time > service ? when - service : since);
    reach(leg, when);
  }
};

}  // namespace pspnic::base
