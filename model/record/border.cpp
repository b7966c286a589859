// SPDX-License-Identifier: Apache-2.0
#include "model/record/border.h"

#include "model/record/limits.h"

namespace pspnic::record {

Border::Border(const base::EventQueue& events, base::EventQueue::Owner owner, const Messages& messages)
    : events_(events), owner_(owner), messages_(messages) {}

Kind Border::kind_of_write(uint64_t address, size_t bytes) const {
  const bool inside = address >= messages_.base && address - messages_.base < messages_.bytes;
  return inside && bytes == kWordBytes ? Kind::kInterrupt : Kind::kDmaWrite;
}

void Border::on_register_read(bool ok, uint64_t address, base::Time took, std::span<const uint8_t> word) {
  constexpr uint8_t kNoAnswer[kWordBytes] = {0xff, 0xff, 0xff, 0xff};
  note({.kind = Kind::kMmioRead,
        .ok = ok,
        .time = events_.now(),
        .address = address,
        .span = took,
        .data = ok ? word : kNoAnswer});
}

void Border::on_register_write(bool ok, uint64_t address, std::span<const uint8_t> word) {
  note({.kind = Kind::kMmioWrite, .ok = ok, .time = events_.now(), .address = address, .data = word});
}

void Border::on_memory_read(bool ok, uint64_t address, std::span<const uint8_t> data) {
  note({.kind = Kind::kDmaRead,
        .ok = ok,
        .time = events_.now(),
        .address = address,
        .span = ok ? 0 : data.size(),
        .data = ok ? data : std::span<const uint8_t>()});
}

void Border::on_memory_write(bool ok, uint64_t address, std::span<const uint8_t> data) {
  note({.kind = kind_of_write(address, data.size()),
        .ok = ok,
        .time = events_.now(),
        .address = address,
        .data = data});
}

void Border::on_frame_in(bool ok, std::span<const uint8_t> frame) {
  note({.kind = Kind::kFrameIn, .ok = ok, .time = events_.now(), .data = frame});
}

void Border::on_frame_out(base::Time first_bit, base::Time last_bit, std::span<const uint8_t> frame) {
  note({.kind = Kind::kFrameOut, .time = last_bit, .span = last_bit - first_bit, .data = frame});
}

void Border::note(const Entry& entry) {
  if (listener_ == nullptr) return;
  Entry noted = entry;
  noted.progress = events_.fired_by(owner_);
  listener_->on_entry(noted);
}

}  // namespace pspnic::record
