// SPDX-License-Identifier: Apache-2.0
// The outcome of a direction, vport by vport, of a workload whose vports take from one supply of packets.
#pragma once

#include <string>
#include <vector>

#include "testbench/bench/host_drivers.h"
#include "testbench/bench/workload.h"

namespace pspnic::bench {

class VportOutcomes {
 public:
  // The vports and queues of the host that receives.
  void prepare(const HostDrivers& receiver);

  // Of a queue of that host.
  unsigned vport_of(unsigned queue) const { return queue < of_queue_.size() ? of_queue_[queue] : 0; }
  unsigned queues() const { return static_cast<unsigned>(of_queue_.size()); }
  // Frames count where they were sent, or given to a stack; `offered` stays 0.
  DirectionOutcome& operator[](unsigned vport) { return outcomes_[vport]; }
  // Of all; valid until the next call.
  const DirectionOutcome& sum(uint64_t offered) const;
  // The vports that sent, if there are several.
  void add_parts(Side from, std::vector<Workload::Part>& parts) const;

 private:
  std::vector<unsigned> of_queue_;
  std::vector<DirectionOutcome> outcomes_{1};
  std::vector<std::string> names_;
  mutable DirectionOutcome sum_;
};

}  // namespace pspnic::bench
