// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/workload.h"

namespace pspnic::bench {

const char* name_of(LatencyFrom from) {
  switch (from) {
    case LatencyFrom::kTransmit:
      return "transmit";
    case LatencyFrom::kMessage:
      return "message";
    default:
      return "offer";
  }
}

void DirectionOutcome::add(const DirectionOutcome& other) {
  if (other.sent > 0) first_sent = sent > 0 ? std::min(first_sent, other.first_sent) : other.first_sent;
  last_received = std::max(last_received, other.last_received);
  offered += other.offered;
  sent += other.sent;
  received += other.received;
  verified += other.verified;
  corrupted += other.corrupted;
  duplicated += other.duplicated;
  reordered += other.reordered;
  sent_psp += other.sent_psp;
  received_psp += other.received_psp;
  payload_bytes += other.payload_bytes;
  frame_bytes += other.frame_bytes;
  const auto merge = [](auto& into, const auto& list) {
    for (const auto& [reason, count] : list) {
      const auto known =
          std::find_if(into.begin(), into.end(), [&](const auto& entry) { return entry.first == reason; });
      if (known != into.end()) {
        known->second += count;
      } else {
        into.emplace_back(reason, count);
      }
    }
  };
  merge(clear, other.clear);
  merge(not_sent, other.not_sent);
  latency.merge(other.latency);
  host_time += other.host_time;
}

}  // namespace pspnic::bench
