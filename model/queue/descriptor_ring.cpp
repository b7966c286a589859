// SPDX-License-Identifier: Apache-2.0
#include "model/queue/descriptor_ring.h"

#include <algorithm>

#include "model/idpf/generation.h"

namespace pspnic::queue {

void DescriptorRing::configure(uint64_t address, uint16_t length, const Reader& reader) {
  clear();
  address_ = address;
  length_ = length;
  cache_.resize(size_t{reader.cache_descriptors} * reader.descriptor_bytes);
}

void DescriptorRing::clear() {
  fetch_head_ = take_head_ = 0;
  reading_ = cached_ = held_ = 0;
  cache_write_ = cache_read_ = 0;
  batches_.clear();
  if (secret_) net::wipe(cache_);
}

bool DescriptorRing::fetch(const Reader& reader, uint16_t number, bool in_part) {
  if (!tail_valid() || fetch_head_ == tail_) return false;
  const unsigned waiting = idpf::ring_distance(fetch_head_, tail_, length_);
  unsigned count = std::min(waiting, reader.fetch_descriptors);
  count = std::min<unsigned>(count, static_cast<unsigned>(length_ - fetch_head_));
  count = std::min(count, reader.cache_descriptors - cache_write_);
  const unsigned room = reader.cache_descriptors - held_;
  if (count > room && (!in_part || room == 0)) return false;
  count = std::min(count, room);
  const std::span<uint8_t> place(&cache_[size_t{cache_write_} * reader.descriptor_bytes],
                                 size_t{count} * reader.descriptor_bytes);
  const uint64_t address = address_ + uint64_t{fetch_head_} * reader.descriptor_bytes;
  batches_.push(static_cast<uint16_t>(count));
  reading_ += count;
  held_ += count;
  fetch_head_ = static_cast<uint16_t>((fetch_head_ + count) % length_);
  cache_write_ = (cache_write_ + count) % reader.cache_descriptors;
  reader.fetches++;
  reader.descriptors += count;
  reader.dma.read(address, place, reader.done, number, pcie::ReadFor::kDescriptors, {reader.kind, number});
  return true;
}

void DescriptorRing::arrived() {
  const unsigned count = batches_.pop();
  reading_ -= count;
  cached_ += count;
}

DescriptorRing::Taken DescriptorRing::take(const Reader& reader) {
  const Taken taken{{&cache_[size_t{cache_read_} * reader.descriptor_bytes], reader.descriptor_bytes},
                    take_head_};
  cache_read_ = (cache_read_ + 1) % reader.cache_descriptors;
  take_head_ = static_cast<uint16_t>((take_head_ + 1) % length_);
  --cached_;
  return taken;
}

DescriptorRing::Taken DescriptorRing::peek(const Reader& reader, unsigned ahead) const {
  const unsigned place = (cache_read_ + ahead) % reader.cache_descriptors;
  return {{&cache_[size_t{place} * reader.descriptor_bytes], reader.descriptor_bytes},
          static_cast<uint16_t>((take_head_ + ahead) % length_)};
}

unsigned DescriptorRing::posted() const {
  const unsigned not_asked_for = tail_valid() ? idpf::ring_distance(fetch_head_, tail_, length_) : 0;
  return cached_ + reading_ + not_asked_for;
}

}  // namespace pspnic::queue
