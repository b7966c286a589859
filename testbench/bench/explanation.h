// SPDX-License-Identifier: Apache-2.0
// Why a run is as fast and as late as it is: where the time of a packet goes, what each block does with its
// time and who keeps it from working, and what limits the run. Computed once after the run from sums that the
// model keeps (model/base/journey_sums.h, model/base/stretch.h, model/base/wait_stats.h).
// docs/explain.md says how to read it. Times are means over packets in ps, shares are of the measured window.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "testbench/bench/card_pair.h"
#include "testbench/bench/workload.h"

namespace pspnic::bench {

struct Summary;

// One part of the way: `wait` before it begins with the packet, `work` what it takes.
struct Step {
  const char* name;
  double wait = 0;
  double work = 0;
  double time() const { return wait + work; }
};

// Of the packets of a direction that the receiving card has put into host memory.
struct WayTime {
  uint64_t packets = 0;  // 0: nothing arrived, there are no steps
  // What `mean`, to the other stack, counts from. None: the hosts do not know their packets' latency (TCP),
  // it is from the doorbell at the card.
  std::optional<LatencyFrom> from = LatencyFrom::kTransmit;
  bool hosts_known = true;  // false: packets were lost between card and stack; hosts are in `other`
  double mean = 0;
  double other = 0;         // mean less the sum of the steps
  std::vector<Step> steps;  // in the order of the way, all of them
  double sum() const;       // of the steps
};

// What a block does with its time, 0..1 each; of a block without stages only `busy` is known.
struct BlockState {
  std::string name;
  bool stage = false;
  double busy = 0;
  double blocked = 0;
  std::string blocked_by = {};  // for whose room it waits
  double starved = 0;
  std::string starved_by = {};  // what before it does not give it more: a block, a resource, a host
};

struct Explanation {
  WayTime ways[kSides];
  std::vector<BlockState> blocks;       // as Summary::blocks
  std::vector<std::string> conclusion;  // sentences
};

// What a host's stack was given: packets, and the sum of the times modulo 2^64.
struct Deliveries {
  uint64_t packets = 0;
  uint64_t times = 0;
};

WayTime way_time(const base::JourneySums& journeys, const Deliveries& received,
                 const DirectionOutcome& outcome);
// Needs the blocks, waits and host waits of the summary.
std::vector<BlockState> block_states(const Summary& summary);
std::vector<std::string> conclusion(const Summary& summary, const Explanation& explanation);
Explanation explain(const CardPair& cards, const Deliveries (&received)[kSides], const Summary& summary);

// A table and bar a direction, and the conclusion.
void print_explanation(std::ostream& out, const Explanation& explanation);
// The same and all blocks, as JSON text; part of report.json.
std::string explanation_json(const Explanation& explanation);

}  // namespace pspnic::bench
