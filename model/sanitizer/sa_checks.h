// SPDX-License-Identifier: Apache-2.0
// Transmit SAs: why a packet found none, and keys and IVs that come again.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <unordered_map>
#include <utility>

#include "model/crypto/sa_table.h"
#include "model/queue/tx_job.h"
#include "model/sanitizer/key_digests.h"
#include "model/sanitizer/reporter.h"

namespace pspnic::sanitizer {

class SaChecks {
 public:
  // The number that a slot of the card has for its function's driver.
  using SlotOf = std::function<uint32_t(uint32_t slot)>;

  // Without `slot_of` a slot has the same number for all.
  SaChecks(Reporter& reporter, const std::array<uint64_t, 2>& secret, SlotOf slot_of = {})
      : reporter_(reporter), keys_(secret), slot_of_(std::move(slot_of)) {}

  // `first_iv`: what the driver gave; 0: none.
  void written(uint32_t slot, const crypto::Sa& sa, uint64_t first_iv);
  void iv_given(uint32_t slot, uint64_t iv);
  void erased(uint32_t slot);
  // A packet was dropped because of the SA that it names.
  void missed(const queue::TxJob& job, const std::string& part);
  void sealed(std::span<const uint8_t> key, uint64_t iv);
  // Of the card, which wipes all SAs: their drivers may install the same keys again.
  void reset();
  // Of a function, with the SAs that are its own.
  void reset(uint16_t function);

 private:
  struct Slot {
    uint16_t tag = 0;
    bool used = false;
    uint16_t function = 0;
    uint64_t digest = 0;  // of its key
  };
  void check_iv(uint32_t slot, uint64_t iv);
  uint32_t number_of(uint32_t slot) const { return slot_of_ ? slot_of_(slot) : slot; }
  Reporter& reporter_;
  KeyDigests keys_;
  SlotOf slot_of_;
  std::unordered_map<uint32_t, Slot> slots_;  // that ever were
};

}  // namespace pspnic::sanitizer
