// SPDX-License-Identifier: Apache-2.0
// Requests and answers of the workload traffic: host A's flows keep so many requests under way, host B
// answers each after a time to think. Sizes and times depend on flow and number alone.
#pragma once

#include <cstdint>
#include <vector>

#include "testbench/bench/traffic_direction.h"

namespace pspnic::bench {

class TrafficRpc : public TrafficListener {
 public:
  // `requests` and `answers` must outlive it. At most `wanted` requests are begun.
  TrafficRpc(const TrafficParams& params, TrafficDirection& requests, TrafficDirection& answers,
             uint64_t wanted, uint64_t seed);

  void start(Platform& platform, base::Time end);
  void on_packet(Side from, const TrafficStamp& stamp) override;

  const TransactionOutcome& outcome() const { return outcome_; }

 private:
  struct Slot {
    uint32_t generation = 0;  // counts the slot's requests; 0: none yet
    bool busy = false;
    uint32_t request_left = 0;  // bytes that have not come
    uint32_t answer_left = 0;
    uint64_t number = 0;  // of the flow's requests
    base::Time begun = 0;
  };

  uint32_t flow_of(uint32_t slot) const { return slot / params_.rpc.outstanding; }
  void begin(uint32_t slot);
  void think(uint32_t slot);
  void answer(uint64_t argument);
  void look(uint64_t);

  TrafficParams params_;
  TrafficDirection& requests_;
  TrafficDirection& answers_;
  uint64_t wanted_;
  uint64_t seed_;
  Platform* platform_ = nullptr;
  base::Time began_ = 0;
  base::Time end_ = 0;
  uint64_t busy_ = 0;
  std::vector<Slot> slots_;        // of flow 0, of flow 1, ...
  std::vector<uint64_t> numbers_;  // requests begun, by flow
  TransactionOutcome outcome_;
};

}  // namespace pspnic::bench
