// SPDX-License-Identifier: Apache-2.0
// What a card shall reach, what a run has reached, and whether that is enough.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/time.h"

namespace pspnic::size {

struct Goal {
  // wire: bits of the cable, preamble, check sequence and gap included; goodput: L4 payload.
  enum class Of { kWire, kGoodput, kPackets };
  Of of = Of::kWire;
  double rate = 0;                // bit/s, or packets/s
  std::optional<base::Time> p99;  // ps, of the latency that the workload measures
  double tolerance = 0.005;       // so much of the rate may be missing
  uint64_t drops = 0;             // of both cards and drivers, so many may be
};

// "400Gbps" or "30Mpps" (pps, kpps, Mpps, Gpps). Throws ConfigError with the option's name.
Goal parse_target(std::string_view text);
// Of bits: "wire", "goodput". Throws ConfigError.
Goal::Of parse_of(std::string_view text);

// The worst of those directions that count.
struct Measured {
  double rate = 0;  // as the goal counts it, in the middle of the run, at the receiving card
  double p99 = 0;   // ps; 0: no latency was measured
  uint64_t drops = 0;
};

enum class Miss { kRate, kDrops, kLatency };
std::vector<Miss> misses(const Goal& goal, const Measured& measured);
inline bool meets(const Goal& goal, const Measured& measured) {
  return misses(goal, measured).empty();
}

// What would miss nothing if a hundredth more of the rate might be missing and a tenth more of the latency
// were allowed: too near to the goal to say anything of other configurations.
bool nearly_meets(const Goal& goal, const Measured& measured);

// "399.9 Gb/s", "32.51 Mpps".
std::string rate_text(Goal::Of of, double rate);
std::string us_text(double ps);
// "400 Gb/s on the wire, p99 5 us, no drops".
std::string goal_text(const Goal& goal);
// What is missing: "rate 13.3 % short; 812 drops"; empty if nothing is.
std::string miss_text(const Goal& goal, const Measured& measured);

}  // namespace pspnic::size
