// SPDX-License-Identifier: Apache-2.0
// The first packets of a run as a timeline that https://ui.perfetto.dev and chrome://tracing open: Chrome's
// trace-event JSON. One process shows packets, a line each with the parts of its way; one shows blocks, with
// a line for each packet that they work on at once; counters say how many of these packets wait where. From
// the doorbell at the sending card to the completion in the receiver's memory. Times are microseconds since
// the beginning of the simulation.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/base/journey_sums.h"
#include "testbench/bench/card_pair.h"

namespace pspnic::bench {

class Timeline : public base::JourneyListener {
 public:
  // Keeps the first so many packets it is told of.
  explicit Timeline(size_t packets) : most_(packets) {}
  void on_journey(const base::Journey& journey) override {
    if (journeys_.size() < most_) journeys_.push_back(journey);
  }
  const std::vector<base::Journey>& journeys() const { return journeys_; }

 private:
  size_t most_;
  std::vector<base::Journey> journeys_;
};

// `arrived`: what came to each side's card from its peer. Events are in order of time, on each line one
// behind the other or inside one another.
std::string timeline_json(const Timeline& arrived_at_a, const Timeline& arrived_at_b);

}  // namespace pspnic::bench
