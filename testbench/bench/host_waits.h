// SPDX-License-Identifier: Apache-2.0
// How long the packets of a flow waited in their host before transmit(), kept until they have come to the
// other one: what a latency that counts from the offer has of it. Times in ps.
#pragma once

#include <cstdint>

#include "model/base/ring.h"
#include "model/base/time.h"
#include "testbench/bench/arrivals.h"

namespace pspnic::bench {

class HostWaits {
 public:
  // The next `packets` of the flow, handed to the driver at once.
  void sent(uint32_t packets, base::Time wait) {
    for (uint32_t i = 0; i < packets; ++i) waits_.push(wait);
  }

  // The packet has come; 0 if that is not known, as of one far behind the latest (Arrivals::kWindow). What is
  // lost is forgotten by the same measure.
  base::Time take(uint64_t packet) {
    if (packet < first_ || packet - first_ >= waits_.size()) return 0;
    base::Time& kept = waits_[packet - first_];
    const base::Time wait = kept;
    kept = kTaken;
    while (!waits_.empty() && (waits_.front() == kTaken || first_ + Arrivals::kWindow < packet)) {
      waits_.drop();
      ++first_;
    }
    return wait == kTaken ? 0 : wait;
  }

 private:
  static constexpr base::Time kTaken = base::kNever;
  base::Ring<base::Time> waits_;
  uint64_t first_ = 0;  // the packet of waits_.front()
};

}  // namespace pspnic::bench
