// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/vport_outcomes.h"

namespace pspnic::bench {

void VportOutcomes::prepare(const HostDrivers& receiver) {
  for (unsigned queue = 0; queue < receiver.queue_pairs(); ++queue) {
    of_queue_.push_back(receiver.vport_of(queue));
  }
  outcomes_.resize(receiver.vports());
  for (unsigned vport = 0; vport < receiver.vports(); ++vport) names_.push_back(receiver.vport_name(vport));
}

const DirectionOutcome& VportOutcomes::sum(uint64_t offered) const {
  sum_ = {};
  for (const DirectionOutcome& vport : outcomes_) sum_.add(vport);
  sum_.offered = offered;
  return sum_;
}

void VportOutcomes::add_parts(Side from, std::vector<Workload::Part>& parts) const {
  if (outcomes_.size() < 2) return;
  for (size_t i = 0; i < outcomes_.size(); ++i) {
    if (outcomes_[i].sent > 0) parts.push_back({from, names_[i], &outcomes_[i]});
  }
}

}  // namespace pspnic::bench
