// SPDX-License-Identifier: Apache-2.0
// Nic: which function has what of the card.
#include "model/nic/nic.h"

namespace pspnic::nic {

uint16_t Nic::function_of(const pcie::Requester& requester) const {
  using Kind = pcie::Requester::Kind;
  if (requester.kind == Kind::kInterrupt) return requester.function;
  if (requester.kind == Kind::kMailbox) return static_cast<uint16_t>(requester.queue);
  if (requester.kind == Kind::kConfigQueue || requester.kind == Kind::kOwnMemory) return 0;
  const bool buffers = requester.kind == Kind::kBufferQueue || requester.kind == Kind::kHeaderBuffer;
  return function_of_queue(buffers ? requester.queue / 2 : requester.queue);
}

uint16_t Nic::function_of(base::Site ring) const {
  using Kind = base::Site::Kind;
  if (ring.kind == Kind::kBufferQueue) return function_of_queue(ring.number / 2);
  const bool of_queue =
      ring.kind == Kind::kTxQueue || ring.kind == Kind::kTxCompletions || ring.kind == Kind::kRxQueue;
  return of_queue ? function_of_queue(ring.number) : ring.function;
}

uint32_t Nic::slot_of_driver(uint32_t slot) const {
  for (const Share& share : shares_) {
    const crypto::SaRange& own = sas_.range(share.function);
    if (slot >= own.first && slot - own.first < own.count) return slot - own.first;
  }
  return slot;
}

uint16_t Nic::function_of_queue(uint32_t queue) const {
  for (const Share& share : shares_) {
    if (queue >= share.first_queue && queue - share.first_queue < share.queues) return share.function;
  }
  return 0;
}

}  // namespace pspnic::nic
