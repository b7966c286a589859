// SPDX-License-Identifier: Apache-2.0
// When messages are offered, whatever becomes of them: at a constant rate, as a Poisson process, or in
// bursts. Times depend on the seed and on the sizes of the messages, not on the card.
#pragma once

#include <cstdint>
#include <string>

#include "model/base/params.h"
#include "testbench/traffic/random.h"

namespace pspnic::traffic {

struct ArrivalParams {
  enum class Kind { kNone, kBackToBack, kPaced, kPoisson, kOnOff };
  enum class Times { kFixed, kExponential };
  enum class RateOf { kWire, kFrame, kPayload };
  Kind kind = Kind::kNone;
  base::Bandwidth rate{100 * base::kGbps};
  RateOf rate_of = RateOf::kWire;
  uint64_t packet_rate = 0;
  base::Duration on{10 * base::kUs};
  base::Duration off{10 * base::kUs};
  Times times = Times::kExponential;

  // The host offers at times of its own; else it sends what the card takes, or nothing.
  bool open_loop() const { return kind != Kind::kNone && kind != Kind::kBackToBack; }

  template <class Visitor>
  void describe(Visitor& v) {
    v.choice(
        "kind", kind,
        {{"none", Kind::kNone},
         {"back_to_back", Kind::kBackToBack},
         {"paced", Kind::kPaced},
         {"poisson", Kind::kPoisson},
         {"on_off", Kind::kOnOff}},
        "none: this host sends nothing; back_to_back: whatever ring and window take; paced: each message "
        "its own size at the rate after the one before; poisson: gaps are exponential; on_off: paced "
        "while on",
        "Assumed");
    v.value("rate", rate, base::Bandwidth{1 * base::kMbps}, base::Bandwidth{3200 * base::kGbps},
            "Bits offered a second, of the whole host; on_off: while on. What a bit is, rate_of says",
            "Half of a 200 Gb/s port");
    v.choice(
        "rate_of", rate_of,
        {{"wire", RateOf::kWire}, {"frame", RateOf::kFrame}, {"payload", RateOf::kPayload}},
        "wire: all that occupies the cable, PSP headers, FCS, preamble and gap with it; frame: frames as "
        "the stack has them, with FCS, before PSP; payload: of TCP or UDP",
        "The link's rate is then 100 % load");
    v.value(
        "packet_rate", packet_rate, uint64_t{0}, uint64_t{10'000'000'000},
        "Messages a second in place of rate; a message of at most traffic.mss is a packet. 0: rate counts",
        "Assumed");
    v.value("on", on, base::Duration{1 * base::kNs}, base::Duration{1 * base::kSec},
            "on_off: how long a burst lasts, the mean", "Assumed: 66 full packets at 100 Gb/s");
    v.value("off", off, base::Duration{0}, base::Duration{1 * base::kSec},
            "on_off: how long it is from a burst's end to the next, the mean", "Assumed: load 50 % of rate");
    v.choice("times", times, {{"exponential", Times::kExponential}, {"fixed", Times::kFixed}},
             "on_off: how times on and off are distributed", "Assumed: a two-state Markov process");
  }
};

class ArrivalProcess {
 public:
  // Of an open loop. `mean_bits`: of a message, in the unit of rate_of.
  ArrivalProcess(const ArrivalParams& params, double mean_bits, uint64_t seed, uint64_t part);

  // When the next message is due, in ps from the beginning; the first at the first call. `bits` are those of
  // the message before, 0 at the first call.
  double next(double bits);

  // Mean messages a second, in the long run.
  double mean_rate() const;

 private:
  double gap(double bits);
  double time(base::Duration mean);

  ArrivalParams params_;
  double mean_gap_;    // ps; while on
  double ps_per_bit_;  // 0: every gap is mean_gap_
  RandomWords gaps_;
  double due_ = 0;
  double on_left_ = 0;  // ps
};

}  // namespace pspnic::traffic
