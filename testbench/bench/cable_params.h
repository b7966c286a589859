// SPDX-License-Identifier: Apache-2.0
// What the cable between the cards is like: how long, where it leads, and what it does to frames. Everything
// but the length acts only when it is asked for; then every frame draws from streams of its own
// (fault_stream.h).
#pragma once

#include "model/base/params.h"
#include "testbench/bench/bit_errors.h"

namespace pspnic::bench {

// A frame that is chosen is held back until so many later ones have arrived, or for the time, whichever is
// first.
struct ReorderParams {
  double probability = 0;
  unsigned distance = 3;
  base::Duration hold{10 * base::kUs};

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("probability", probability, 0.0, 1.0, "Share of frames held back so that later ones pass",
            "A cable keeps order; paths through a fabric do not");
    v.value("distance", distance, 1u, 1024u, "Frames that pass one that is held back",
            "3: from there TCP takes it for lost (RFC 5681)");
    v.value("hold", hold, base::Duration{0}, base::Duration{1 * base::kSec},
            "Longest time a frame is held back, if too few come to pass it", "Assumed");
  }
};

// Gilbert's model (Bell System Technical Journal 39, 1960): a good state and a bad one.
struct BurstParams {
  double start = 0;
  double end = 0.1;
  double loss = 1;

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("start", start, 0.0, 1.0, "Chance at each frame that a burst of losses begins", "None");
    v.value("end", end, 0.0, 1.0, "Chance at each frame in a burst that it is over; mean length is 1 / end",
            "Bursts of 10 frames");
    v.value("loss", loss, 0.0, 1.0, "Share of frames lost in a burst", "All");
  }
};

struct CableParams {
  enum class Topology { kPair, kLoopback, kHairpin };
  enum class Faulty { kBoth, kAToB, kBToA };
  enum class Fcs { kDetects, kRecomputed };

  base::Duration delay{50 * base::kNs};
  Topology topology = Topology::kPair;
  Faulty faulty = Faulty::kBoth;
  double loss = 0;
  double duplicate = 0;
  ReorderParams reorder;
  BurstParams burst;
  BitErrorParams bit_errors;
  Fcs fcs = Fcs::kDetects;

  bool any_fault() const {
    return loss > 0 || duplicate > 0 || reorder.probability > 0 || burst.start > 0 || bit_errors.any();
  }
  // The side at which frames of this side arrive.
  bool comes_back() const { return topology != Topology::kPair; }

  template <class Visitor>
  void describe(Visitor& v) {
    v.value("delay", delay, base::Duration{0}, base::Duration{1 * base::kSec}, "Propagation delay, each way",
            "10 m of fibre at 5 ns a metre");
    v.choice("topology", topology,
             {{"pair", Topology::kPair}, {"loopback", Topology::kLoopback}, {"hairpin", Topology::kHairpin}},
             "Where frames go: to the other card; back at the plug, at once; back from the far end, after "
             "twice the delay. In the last two each host talks to itself",
             "Two cards are the usual bench");
    v.choice("faulty", faulty,
             {{"both", Faulty::kBoth}, {"a_to_b", Faulty::kAToB}, {"b_to_a", Faulty::kBToA}},
             "Direction, by its sender, in which the faults below act", "Assumed");
    v.value("loss", loss, 0.0, 1.0, "Share of frames lost", "A good cable");
    v.value("duplicate", duplicate, 0.0, 1.0, "Share of frames that arrive twice, back to back",
            "A good cable");
    v.group("reorder", reorder);
    v.group("burst", burst);
    v.group("bit_errors", bit_errors);
    v.choice("fcs", fcs, {{"detects", Fcs::kDetects}, {"recomputed", Fcs::kRecomputed}},
             "What becomes of flipped bits: the receiving port finds them (rx_bad_fcs), or they come from "
             "inside a switch, which computed a new check sequence over them",
             "IEEE 802.3: every error of up to three bits is found");
  }
};

}  // namespace pspnic::bench
