// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/explanation.h"

#include <fmt/format.h>

#include <algorithm>

#include "testbench/bench/summary.h"

namespace pspnic::bench {

namespace {

using base::Leg;

// kCount: none.
struct StepLegs {
  const char* name;
  Leg wait;
  Leg work;
};
constexpr StepLegs kCardSteps[] = {{"ring", Leg::kRingWait, Leg::kCount},
                                   {"descriptors", Leg::kCount, Leg::kDescriptors},
                                   {"turn", Leg::kTurn, Leg::kCount},
                                   {"sa", Leg::kSaWait, Leg::kCount},
                                   {"fetch", Leg::kFetchWait, Leg::kFetch},
                                   {"tx parse", Leg::kTxParseWait, Leg::kTxParse},
                                   {"tx edit", Leg::kTxEditWait, Leg::kTxEdit},
                                   {"tx lanes", Leg::kTxLaneWait, Leg::kTxLane},
                                   {"port", Leg::kPortWait, Leg::kPort},
                                   {"cable", Leg::kCount, Leg::kCable},
                                   {"rx parse", Leg::kRxParseWait, Leg::kRxParse},
                                   {"kdf", Leg::kKdfWait, Leg::kKdf},
                                   {"rx lanes", Leg::kRxLaneWait, Leg::kRxLane},
                                   {"placement", Leg::kPlaceWait, Leg::kPlace},
                                   {"coalescing", Leg::kCoalesce, Leg::kCount},
                                   {"buffers", Leg::kBuffers, Leg::kCount},
                                   {"write", Leg::kWriteWait, Leg::kWrite},
                                   {"completion", Leg::kCount, Leg::kCompletion}};

// Of sums modulo 2^64, whose difference is small.
double difference(uint64_t later, uint64_t earlier) {
  return static_cast<double>(static_cast<int64_t>(later - earlier));
}

}  // namespace

double WayTime::sum() const {
  double sum = 0;
  for (const Step& step : steps) sum += step.time();
  return sum;
}

// What the hosts add is known from differences of sums, as long as the same packets are in all of them.
WayTime way_time(const base::JourneySums& journeys, const Deliveries& received,
                 const DirectionOutcome& outcome) {
  WayTime way;
  way.packets = journeys.packets();
  if (way.packets == 0) return way;
  const double packets = static_cast<double>(way.packets);
  const auto mean = [&](Leg leg) {
    return leg == Leg::kCount ? 0.0 : static_cast<double>(journeys.sum(leg)) / packets;
  };
  const bool timed = !outcome.tcp && outcome.latency.count() > 0;
  const bool all_received = received.packets == way.packets;
  way.hosts_known = all_received && (!timed || outcome.latency.count() == way.packets);
  way.from = timed ? std::optional(outcome.latency_from) : std::nullopt;
  if (timed && way.hosts_known) {
    const double since_doorbell = difference(received.times, journeys.began()) / packets;
    const double host = static_cast<double>(outcome.host_time) / packets;
    if (outcome.latency_from != LatencyFrom::kTransmit) way.steps.push_back({"host", host, 0});
    way.steps.push_back({"doorbell", 0, outcome.latency.mean() - since_doorbell - host});
  }
  for (const StepLegs& step : kCardSteps) way.steps.push_back({step.name, mean(step.wait), mean(step.work)});
  if (way.hosts_known) {
    way.steps.push_back({"interrupt", difference(received.times, journeys.ended()) / packets, 0});
  }
  way.mean = timed ? outcome.latency.mean() : way.sum();
  way.other = way.mean - way.sum();
  return way;
}

Explanation explain(const CardPair& cards, const Deliveries (&received)[kSides], const Summary& summary) {
  Explanation explanation;
  for (const Side from : {kA, kB}) {
    const Side to = cards.peer(from);
    explanation.ways[from] =
        way_time(cards.nic(to).journeys(), received[to], *summary.directions[from].outcome);
  }
  explanation.blocks = block_states(summary);
  explanation.conclusion = conclusion(summary, explanation);
  return explanation;
}

}  // namespace pspnic::bench
