// SPDX-License-Identifier: Apache-2.0
// One run of the bench, for its rates. A process can make one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pspnic::validate {

struct CardRates {
  double wire_packets_per_second = 0;  // from the first frame on the cable to the last
  double payload_gbps = 0;             // L4 payload in them
  double lanes_busy = 0;               // share of the time, of the sender's AES-GCM lanes
  bool all_well = false;
};

// Host A sends `packets` of the workload, set up by `settings` (key=value).
CardRates run_cards(const std::string& workload, uint64_t packets, const std::vector<std::string>& settings);

}  // namespace pspnic::validate
