// SPDX-License-Identifier: Apache-2.0
#include "model/psp/spi.h"

#include <algorithm>

namespace pspnic::psp {

SpiAllocator::SpiAllocator(uint32_t first, uint32_t count, unsigned phase) noexcept
    : first_(std::max(first, kFirstSpiIndex)), capacity_(0), phase_(phase & 1u) {
  // 64 bits, because first + count may pass 2^32.
  const uint64_t end = std::min(uint64_t{first} + count, uint64_t{kLastSpiIndex} + 1);
  if (end > first_) capacity_ = static_cast<uint32_t>(end - first_);
}

std::optional<uint32_t> SpiAllocator::allocate() noexcept {
  if (remaining() == 0) return std::nullopt;
  return make_spi(phase_, first_ + from_front_++);
}

std::optional<uint32_t> SpiAllocator::allocate_last() noexcept {
  if (remaining() == 0) return std::nullopt;
  return make_spi(phase_, first_ + (capacity_ - 1 - from_end_++));
}

void SpiAllocator::start_generation(unsigned phase) noexcept {
  phase_ = phase & 1u;
  from_front_ = 0;
  from_end_ = 0;
}

}  // namespace pspnic::psp
