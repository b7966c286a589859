// SPDX-License-Identifier: Apache-2.0
#include "model/base/journey.h"

#include <string>
#include <vector>

#include "model/base/journey_sums.h"

namespace pspnic::base {

const char* leg_name(Leg leg) {
  static constexpr std::array<const char*, kLegs> kNames = {
      "ring_wait",     "descriptors",  "turn",         "sa_wait",       "fetch_wait",   "fetch",
      "tx_parse_wait", "tx_parse",     "tx_edit_wait", "tx_edit",       "tx_lane_wait", "tx_lane",
      "port_wait",     "port",         "cable",        "rx_parse_wait", "rx_parse",     "kdf_wait",
      "kdf",           "rx_lane_wait", "rx_lane",      "place_wait",    "place",        "coalesce",
      "buffers",       "write_wait",   "write",        "completion"};
  return kNames[static_cast<size_t>(leg)];
}

namespace {
std::vector<std::string> leg_names() {
  std::vector<std::string> names;
  for (size_t i = 0; i < kLegs; ++i) names.emplace_back(leg_name(static_cast<Leg>(i)));
  return names;
}
}  // namespace

JourneySums::JourneySums(StatGroup& parent)
    : group_(parent, "journey"),
      legs_(group_, "time", "ps",
            "Sums over these packets of the time of each part of their way, from the sender's doorbell on",
            leg_names()) {}

}  // namespace pspnic::base
