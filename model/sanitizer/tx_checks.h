// SPDX-License-Identifier: Apache-2.0
// Transmit descriptors and packets, beyond what TxDescriptorReader cannot do without.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "model/queue/tx_job.h"
#include "model/sanitizer/reporter.h"
#include "model/sanitizer/ring_checks.h"

namespace pspnic::sanitizer {

class TxChecks {
 public:
  TxChecks(Reporter& reporter, RingChecks& rings) : reporter_(reporter), rings_(rings) {}

  void descriptor(uint16_t queue, uint16_t index, std::span<const uint8_t> descriptor);
  void packet(const queue::TxJob& job);
  void reported(const queue::TxJob& job);
  void disabled(uint16_t queue, unsigned begun);
  void ended(uint16_t queue) { tags_.erase(queue); }
  void reset() { tags_.clear(); }

 private:
  Reporter& reporter_;
  RingChecks& rings_;
  std::unordered_map<uint16_t, std::vector<bool>> tags_;  // of packets not reported, by queue
};

}  // namespace pspnic::sanitizer
