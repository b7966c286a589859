// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include "testbench/bench/summary.h"

namespace pspnic::bench {

namespace {

double micros(uint64_t ps) {
  return static_cast<double>(ps) / static_cast<double>(base::kUs);
}

void print_overload(std::ostream& out, const ControlOutcome& control) {
  fmt::print(
      out,
      "  OVERLOADED: {} requests were made in the second half of the time, {} more than were answered; the "
      "last answer came {:.3f} ms\n  after the end of {:.3f} ms. Latencies grow with churn.duration. Lower "
      "churn.arrival_rate{}\n",
      control.made_between, control.waited_at_end - control.waited_halfway,
      micros(control.answered_after) / 1000, micros(control.offered_for) / 1000,
      control.rotations > 0 ? ", or rotate less often or with fewer churn.connections: all that are open "
                              "get new SAs each time"
                            : "");
}

// Those that come late are not open in time: what it takes to set one up must be little of the time.
bool tells_rate(const ControlOutcome& control) {
  constexpr unsigned kLittle = 20;
  return control.wanted > 0 && !control.overloaded() &&
         kLittle * control.set_up.percentile(50) < control.offered_for;
}

}  // namespace

void print_control(std::ostream& out, const ControlOutcome& control) {
  fmt::print(out, "Connections\n  {} alive at the beginning, {} at the end, {} at most\n", control.before,
             control.alive, control.most_alive);
  fmt::print(out, "  {} wanted, {} opened", control.wanted, control.opened);
  if (tells_rate(control))
    fmt::print(out, "; {:.0f} a second as long as new ones came",
               per_second(static_cast<double>(control.opened_in_time), control.offered_for));
  fmt::print(out, "; {} ended\n", control.ended);
  if (control.overloaded()) print_overload(out, control);
  if (control.refused > 0)
    fmt::print(out,
               "  {} REFUSED by a card: no SPI (nic.device.spi_count) or no slot (nic.device.sa_slots)\n",
               control.refused);
  if (control.rotations + control.rotations_postponed > 0) {
    fmt::print(out, "  {} rotations of a card's keys, {} ends renewed their SA", control.rotations,
               control.renewals);
    if (control.rotations_postponed > 0)
      fmt::print(out, "; {} postponed, keys of the last but one in use", control.rotations_postponed);
    fmt::print(out, "\n");
  }
  const std::array latencies = {
      std::pair{"key generation", &control.key_generation},
      std::pair{"key insertion", &control.key_insertion}, std::pair{"deletion", &control.deletion},
      std::pair{"rotation", &control.rotation}, std::pair{"set-up", &control.set_up}};
  const bool any = std::ranges::any_of(latencies, [](const auto& one) { return one.second->count() > 0; });
  if (any)
    fmt::print(out, "\n  From the host's wish to its answer, us{:>14} {:>9} {:>9} {:>9} {:>9}\n", "p50",
               "p99", "p99.9", "max", "count");
  for (const auto& [name, latency] : latencies) {
    if (latency->count() == 0) continue;
    fmt::print(out, "  {:<37}{:>14.2f} {:>9.2f} {:>9.2f} {:>9.2f} {:>9}\n", name,
               micros(latency->percentile(50)), micros(latency->percentile(99)),
               micros(latency->percentile(99.9)), micros(latency->max()), latency->count());
  }
  for (const std::string& fault : control.faults) fmt::print(out, "  FAULT: {}\n", fault);
  fmt::print(out, "\n");
}

}  // namespace pspnic::bench
