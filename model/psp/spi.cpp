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
  if (issued_ == capacity_) return std::nullopt;
  return make_spi(phase_, first_ + issued_++);
}

void SpiAllocator::start_generation(unsigned phase) noexcept {
  phase_ = phase & 1u;
  issued_ = 0;
}

}  // namespace pspnic::psp
