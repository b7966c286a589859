// SPDX-License-Identifier: Apache-2.0
// Whether a frame of the stack goes out protected: Linux's test of the skb's `decrypted` mark and of its
// owner, and the check before transmission that the way out is the association's own device.
#pragma once

#include <cstdint>

#include "testbench/host/psp_association.h"

namespace pspnic::host {

struct PspTxMark {
  bool decrypted = false;                 // to be encrypted: set where the bytes were queued
  const PspAssociation* owner = nullptr;  // of the socket that the frame belongs to; null: it has none
};

enum class PspTxFate : uint8_t {
  kPlain,
  kSealed,
  kDropped,  // Linux: reason PSP_OUTPUT
};

// `device`: id of the PSP device that the way out belongs to now; 0: none.
constexpr PspTxFate psp_fate(const PspTxMark& mark, uint16_t device) {
  if (!mark.decrypted || mark.owner == nullptr || !mark.owner->has_tx) return PspTxFate::kPlain;
  return mark.owner->rx.device == device ? PspTxFate::kSealed : PspTxFate::kDropped;
}

}  // namespace pspnic::host
