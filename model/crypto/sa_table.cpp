// SPDX-License-Identifier: Apache-2.0
#include "model/crypto/sa_table.h"

#include <algorithm>
#include <utility>

namespace pspnic::crypto {

using base::Time;

SaTable::SaTable(uint32_t slots, psp::Aead& engine)
    : free_(slots, true),
      used_(slots, false),
      pieces_((size_t{slots} + kPieceSlots - 1) / kPieceSlots),
      engine_(engine) {
  partition({{0, slots}});
}

void SaTable::partition(std::vector<SaRange> ranges) {
  functions_.clear();
  for (const SaRange& range : ranges) functions_.push_back({range, range.first, {}});
}

SaState SaTable::state(uint32_t index) const {
  const Slot* slot = find(index);
  if (slot == nullptr) return SaState::kFree;
  return slot->closing ? SaState::kErasing : SaState::kUsed;
}

uint32_t SaTable::free_slots(uint16_t function) const {
  const Function& of = functions_[function];
  return of.range.count - of.used[0] - of.used[1];
}

std::optional<uint32_t> SaTable::find_free(uint16_t function) const {
  const Function& of = functions_[function];
  const auto behind = free_.next(of.next, of.range.end());
  return behind ? behind : free_.next(of.range.first, of.next);
}

void SaTable::take(uint32_t index, const Sa& sa) {
  std::unique_ptr<Slot[]>& piece = pieces_[index / kPieceSlots];
  if (piece == nullptr) piece = std::make_unique<Slot[]>(kPieceSlots);
  piece[index % kPieceSlots].taken = true;
  free_.erase(index);
  used_.insert(index);
  Function& of = functions_[sa.function];
  of.used[sa.flows_only]++;
  if (of.range.contains(index)) of.next = index + 1 == of.range.end() ? of.range.first : index + 1;
}

bool SaTable::write(uint32_t index, const Sa& sa, Time now) {
  Slot* slot = find(index);
  if (slot != nullptr) {
    if (slot->uses > 0 || slot->closing || slot->sealed > now) return false;
    engine_.forget(slot->sa.key);
    functions_[slot->sa.function].used[slot->sa.flows_only]--;
    functions_[sa.function].used[sa.flows_only]++;
  } else {
    take(index, sa);
    slot = find(index);
  }
  slot->sa = sa;
  return true;
}

Time SaTable::close(uint32_t index, Time now) {
  Slot* slot = find(index);
  if (slot == nullptr) return 0;
  slot->closing = true;
  if (slot->uses > 0) return base::kNever;
  if (slot->sealed > now) return slot->sealed;
  wipe(index);
  return 0;
}

void SaTable::wipe(uint32_t index) {
  Slot* slot = find(index);
  if (slot == nullptr) return;
  engine_.forget(slot->sa.key);
  free(index, *slot);
}

void SaTable::free(uint32_t index, Slot& slot) {
  functions_[slot.sa.function].used[slot.sa.flows_only]--;
  slot.sa.key.wipe();
  slot = Slot{};
  used_.erase(index);
  free_.insert(index);
}

void SaTable::reset() {
  for (auto index = used_.next(0, slots()); index; index = used_.next(*index, slots())) {
    Slot& slot = *find(*index);
    if (slot.sa.flows_only && !slot.closing) {
      slot.uses = 0;
      slot.sealed = 0;
      ++*index;
    } else {
      free(*index, slot);
    }
  }
  engine_.forget();  // what it keeps of the others' keys it makes again
}

const Sa* SaTable::acquire(uint32_t index, uint16_t tag) {
  Slot* slot = find(index);
  if (slot == nullptr || slot->closing || slot->sa.tag != tag) return nullptr;
  ++slot->uses;
  return &slot->sa;
}

void SaTable::release(uint32_t index, Time sealed) {
  Slot* slot = find(index);
  if (slot == nullptr) return;  // reset meanwhile
  slot->sealed = std::max(slot->sealed, sealed);
  if (slot->uses == 0 || --slot->uses > 0 || !slot->closing) return;
  if (listener_ != nullptr) listener_->on_sa_released(index, slot->sealed);
}

}  // namespace pspnic::crypto
