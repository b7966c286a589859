// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/sa_table.h"

namespace pspnic::crypto {

bool SaTable::write(uint32_t index, const Sa& sa) {
  if (!slots_[index]) slots_[index] = std::make_unique<Slot>();
  if (slots_[index]->uses > 0) return false;
  slots_[index]->sa = sa;
  slots_[index]->closing = false;
  return true;
}

bool SaTable::close(uint32_t index) {
  if (!slots_[index]) return true;
  if (slots_[index]->uses > 0) {
    slots_[index]->closing = true;
    return false;
  }
  slots_[index].reset();
  return true;
}

void SaTable::reset() {
  for (auto& slot : slots_) slot.reset();
}

const Sa* SaTable::acquire(uint32_t index, uint16_t tag) {
  if (index >= slots_.size() || !slots_[index]) return nullptr;
  Slot& slot = *slots_[index];
  if (slot.closing || slot.sa.tag != tag) return nullptr;
  ++slot.uses;
  return &slot.sa;
}

void SaTable::release(uint32_t index) {
  if (!slots_[index]) return;  // reset meanwhile
  Slot& slot = *slots_[index];
  if (slot.uses == 0 || --slot.uses > 0 || !slot.closing) return;
  slots_[index].reset();
  if (listener_ != nullptr) listener_->on_sa_wiped(index);
}

}  // namespace pspnic::crypto
