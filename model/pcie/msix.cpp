// SPDX-License-Identifier: Apache-2.0
#include "model/pcie/msix.h"

#include "model/net/bytes.h"

namespace pspnic::pcie {

namespace {

constexpr uint32_t kEntryBytes = 16;

}  // namespace

MsixTable::MsixTable(base::StatGroup& parent, uint16_t vectors, ConfigSpace& config, DmaEngine& dma,
                     uint16_t function)
    : config_(config), dma_(dma), function_(function), entries_(vectors), group_(parent, "msix") {}

bool MsixTable::deliverable(const Entry& entry) const {
  return config_.msix_enabled() && !config_.msix_function_masked() && (entry.control & kMasked) == 0;
}

void MsixTable::raise(uint16_t vector) {
  if (vector >= entries_.size()) return;
  Entry& entry = entries_[vector];
  if (watch_ != nullptr)
    watch_->on_raised(static_cast<uint16_t>(first_ + vector), config_.msix_enabled() && !deliverable(entry));
  if (!deliverable(entry)) {
    if (!entry.pending) deferred_++;
    entry.pending = true;
    return;
  }
  entry.pending = false;
  messages_++;
  uint8_t data[4];
  net::store_le32(data, entry.data);
  dma_.write({Requester::Kind::kInterrupt, uint32_t{first_} + vector, function_}, entry.address, data);
}

void MsixTable::send_pending(uint16_t vector) {
  if (entries_[vector].pending && deliverable(entries_[vector])) raise(vector);
}

uint32_t MsixTable::read(uint32_t offset) const {
  if (offset >= kMsixPendingOffset) {
    uint32_t bits = 0;
    const size_t first = (offset - kMsixPendingOffset) / 4 * 32;
    for (size_t i = 0; i < 32 && first + i < entries_.size(); ++i)
      bits |= uint32_t{entries_[first + i].pending} << i;
    return bits;
  }
  const size_t vector = offset / kEntryBytes;
  if (vector >= entries_.size()) return 0;
  const Entry& entry = entries_[vector];
  switch (offset % kEntryBytes) {
    case 0:
      return static_cast<uint32_t>(entry.address);
    case 4:
      return static_cast<uint32_t>(entry.address >> 32);
    case 8:
      return entry.data;
    default:
      return entry.control;
  }
}

void MsixTable::write(uint32_t offset, uint32_t value) {
  const size_t vector = offset / kEntryBytes;
  if (offset >= kMsixPendingOffset || vector >= entries_.size()) return;
  Entry& entry = entries_[vector];
  if (watch_ != nullptr) {
    watch_->on_entry_written(static_cast<uint16_t>(first_ + vector), offset % kEntryBytes < 12,
                             deliverable(entry));
  }
  switch (offset % kEntryBytes) {
    case 0:
      entry.address = (entry.address & ~uint64_t{0xffff'ffff}) | (value & ~3u);
      break;
    case 4:
      entry.address = (entry.address & 0xffff'ffff) | uint64_t{value} << 32;
      break;
    case 8:
      entry.data = value;
      break;
    default:
      entry.control = value & kMasked;
      break;
  }
  send_pending(static_cast<uint16_t>(vector));
}

void MsixTable::config_changed() {
  for (uint16_t vector = 0; vector < entries_.size(); ++vector) {
    const bool off = entries_[vector].pending && !config_.msix_enabled();
    if (watch_ != nullptr && off) watch_->on_raised(static_cast<uint16_t>(first_ + vector), false);
    send_pending(vector);
  }
}

void MsixTable::reset(bool table) {
  for (Entry& entry : entries_) {
    entry.pending = false;
    if (table) entry = Entry{};
  }
}

}  // namespace pspnic::pcie
