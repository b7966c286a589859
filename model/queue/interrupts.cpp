// SPDX-License-Identifier: Apache-2.0
#include "model/queue/interrupts.h"

#include <algorithm>

namespace pspnic::queue {

namespace {

constexpr Time kItrUnit = idpf::kItrUnitUs * base::kUs;

}  // namespace

Interrupts::Interrupts(base::StatGroup& parent, uint16_t vectors, base::EventQueue& events,
                       pcie::MsixTable& msix)
    : events_(events), group_(parent, "interrupts") {
  add(vectors, msix);
}

uint16_t Interrupts::add(uint16_t count, pcie::MsixTable& msix) {
  const uint16_t first = vectors();
  for (uint16_t entry = 0; entry < count; ++entry) vectors_.push_back({.msix = &msix, .entry = entry});
  return first;
}

void Interrupts::make_pending(Vector& vector, unsigned index) {
  Time due = events_.now();
  if (index < kItrCount && vector.ever) due = std::max(due, vector.fired + vector.interval[index] * kItrUnit);
  vector.due = vector.pending ? std::min(vector.due, due) : due;
  vector.pending = true;
}

void Interrupts::cause(uint16_t number, uint8_t itr_index) {
  if (number >= vectors_.size()) return;
  causes_++;
  if (watch_ != nullptr) [[unlikely]]
    watch_->on_cause(number, vectors_[number].enabled);
  make_pending(vectors_[number], itr_index);
  try_to_fire(number);
}

void Interrupts::try_to_fire(uint16_t number) {
  Vector& vector = vectors_[number];
  if (!vector.pending || !vector.enabled) return;
  const Time now = events_.now();
  if (vector.due > now) {
    if (vector.timer <= vector.due) return;
    vector.timer = vector.due;
    events_.schedule(vector.due, base::Callback::to<&Interrupts::on_timer>(*this), number);
    return;
  }
  vector.pending = false;
  vector.enabled = false;
  vector.fired = now;
  vector.ever = true;
  fired_++;
  if (watch_ != nullptr) [[unlikely]]
    watch_->on_fired(number);
  vector.msix->raise(vector.entry);
}

void Interrupts::on_timer(uint64_t number) {
  Vector& vector = vectors_[number];
  if (vector.timer > events_.now()) return;  // an earlier timer took its place, or a reset
  vector.timer = base::kNever;
  try_to_fire(static_cast<uint16_t>(number));
}

uint32_t Interrupts::read_dyn_ctl(uint16_t number) const {
  const Vector& vector = vectors_[number];
  idpf::DynCtl control;
  control.intena = vector.enabled;
  control.wb_on_itr = vector.wb_on_itr;
  return control.encode();
}

void Interrupts::write_dyn_ctl(uint16_t number, uint32_t value) {
  if (watch_ != nullptr) watch_->on_vector_written(number, value);
  Vector& vector = vectors_[number];
  const idpf::DynCtl control = idpf::DynCtl::decode(value);
  vector.wb_on_itr = control.wb_on_itr;
  if (!control.intena_msk) vector.enabled = control.intena;
  if (control.itr_indx < kItrCount) vector.interval[control.itr_indx] = control.interval;
  if (control.clearpba) vector.pending = false;
  if (control.swint_trig) make_pending(vector, control.sw_itr_indx_ena ? control.sw_itr_indx : kItrCount);
  try_to_fire(number);
}

uint32_t Interrupts::read_itr(uint16_t vector, unsigned index) const {
  return vectors_[vector].interval[index];
}

void Interrupts::write_itr(uint16_t vector, unsigned index, uint32_t value) {
  vectors_[vector].interval[index] = static_cast<uint16_t>(value & idpf::kItrMask);
}

void Interrupts::reset(uint16_t first, uint16_t count) {
  if (watch_ != nullptr) watch_->on_vectors_reset(first, count);
  for (size_t number = first; number < size_t{first} + count; ++number) {
    Vector& vector = vectors_[number];
    vector = {.msix = vector.msix, .entry = vector.entry};
  }
}

}  // namespace pspnic::queue
