// SPDX-License-Identifier: Apache-2.0
// The rate of a direction in the middle of a run, where neither its first packets nor its last ones count:
// what the receiving card has put into host memory, not what left the sender, so that a buffer that fills
// hides nothing.
#pragma once

#include "model/base/journey_sums.h"
#include "testbench/bench/marks.h"

namespace pspnic::bench {

// All 0 if there were too few packets to say, ten.
struct SteadyRate {
  double packets_per_second = 0;
  double wire_bps = 0;     // preamble, check sequence and gap included, as the port counts
  double goodput_bps = 0;  // L4 payload
};

// Told of each packet that a card has put into host memory; passes it on.
class ArrivalMarks : public base::JourneyListener {
 public:
  void on_journey(const base::Journey& journey) override {
    times_.count(journey.since);
    if (next_ != nullptr) next_->on_journey(journey);
  }
  void set_next(base::JourneyListener* next) { next_ = next; }
  void restart() { times_.restart(); }
  const Marks& times() const { return times_; }

 private:
  Marks times_;
  base::JourneyListener* next_ = nullptr;
};

// `wire_bytes` of the frames that crossed, `times` of the packets that came up, `payload_bytes` of all those.
inline SteadyRate steady_rate(const Marks& wire_bytes, const Marks& times, uint64_t payload_bytes) {
  const double ps = times.middle_step();
  if (ps <= 0) return {};
  const double per_second = 1e12 / ps;
  const double payload = static_cast<double>(payload_bytes) / static_cast<double>(times.packets());
  return {per_second, 8 * wire_bytes.middle_step() * per_second, 8 * payload * per_second};
}

}  // namespace pspnic::bench
