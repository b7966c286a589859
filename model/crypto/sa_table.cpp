// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/sa_table.h"

#include <algorithm>

namespace pspnic::crypto {

using base::Time;

bool SaTable::write(uint32_t index, const Sa& sa, Time now) {
  if (!slots_[index]) slots_[index] = std::make_unique<Slot>();
  if (slots_[index]->uses > 0 || slots_[index]->closing || slots_[index]->sealed > now) return false;
  engine_.forget(slots_[index]->sa.key);
  slots_[index]->sa = sa;
  return true;
}

Time SaTable::close(uint32_t index, Time now) {
  if (!slots_[index]) return 0;
  Slot& slot = *slots_[index];
  slot.closing = true;
  if (slot.uses > 0) return base::kNever;
  if (slot.sealed > now) return slot.sealed;
  wipe(index);
  return 0;
}

void SaTable::wipe(uint32_t index) {
  if (!slots_[index]) return;
  engine_.forget(slots_[index]->sa.key);
  slots_[index].reset();
}

void SaTable::reset() {
  for (auto& slot : slots_) {
    if (slot && slot->sa.flows_only && !slot->closing) {
      slot->uses = 0;
      slot->sealed = 0;
    } else {
      slot.reset();
    }
  }
  engine_.forget();  // what it keeps of the others' keys it makes again
}

const Sa* SaTable::acquire(uint32_t index, uint16_t tag) {
  if (index >= slots_.size() || !slots_[index]) return nullptr;
  Slot& slot = *slots_[index];
  if (slot.closing || slot.sa.tag != tag) return nullptr;
  ++slot.uses;
  return &slot.sa;
}

void SaTable::release(uint32_t index, Time sealed) {
  if (!slots_[index]) return;  // reset meanwhile
  Slot& slot = *slots_[index];
  slot.sealed = std::max(slot.sealed, sealed);
  if (slot.uses == 0 || --slot.uses > 0 || !slot.closing) return;
  if (listener_ != nullptr) listener_->on_sa_released(index, slot.sealed);
}

}  // namespace pspnic::crypto
