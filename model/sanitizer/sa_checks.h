// SPDX-License-Identifier: Apache-2.0
// Transmit SAs: why a packet found none, and keys that come again.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>

#include "model/crypto/sa_table.h"
#include "model/queue/tx_job.h"
#include "model/sanitizer/key_digests.h"
#include "model/sanitizer/reporter.h"

namespace pspnic::sanitizer {

class SaChecks {
 public:
  SaChecks(Reporter& reporter, const std::array<uint64_t, 2>& secret) : reporter_(reporter), keys_(secret) {}

  void written(uint32_t slot, const crypto::Sa& sa);
  void erased(uint32_t slot);
  // A packet was dropped because of the SA that it names.
  void missed(const queue::TxJob& job, const std::string& part);
  // Of the card, which wipes all SAs: their drivers may install the same keys again.
  void reset();

 private:
  struct Slot {
    uint16_t tag = 0;
    bool used = false;
  };
  Reporter& reporter_;
  KeyDigests keys_;
  std::unordered_map<uint32_t, Slot> slots_;  // that ever were
};

}  // namespace pspnic::sanitizer
