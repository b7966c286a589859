// SPDX-License-Identifier: Apache-2.0
// Security parameter indexes: bit 31 is the phase, that is which of the two device keys; the low 31 bits
// count.
#pragma once

#include <cstdint>
#include <optional>

namespace pspnic::psp {

inline constexpr uint32_t kSpiPhaseBit = 0x80000000u;
inline constexpr uint32_t kSpiIndexMask = 0x7fffffffu;
inline constexpr uint32_t kFirstSpiIndex = 1;  // 0 is reserved by the specification
inline constexpr uint32_t kLastSpiIndex =
    0x7ffffffeu;  // all ones is never given out: it reads as "none" in software

// Which device key the SPI belongs to: 0 or 1.
constexpr unsigned spi_phase(uint32_t spi) {
  return spi >> 31;
}
constexpr uint32_t spi_index(uint32_t spi) {
  return spi & kSpiIndexMask;
}
constexpr uint32_t make_spi(unsigned phase, uint32_t index) {
  return (phase != 0 ? kSpiPhaseBit : 0u) | (index & kSpiIndexMask);
}
constexpr bool is_reserved_spi(uint32_t spi) {
  return spi_index(spi) == 0;
}
constexpr unsigned other_phase(unsigned phase) {
  return phase ^ 1u;
}

// Hands out the SPIs of one range, each once per generation (the life of a device key). Freeing does not
// exist: an SPI may not be issued again under the same device key.
class SpiAllocator {
 public:
  // Indexes [first, first + count), cut to [kFirstSpiIndex, kLastSpiIndex].
  explicit SpiAllocator(uint32_t first = kFirstSpiIndex, uint32_t count = kLastSpiIndex,
                        unsigned phase = 0) noexcept;

  // The next SPI, phase bit included; nothing when the range is used up and the device key must be rotated.
  std::optional<uint32_t> allocate() noexcept;
  // The same from the other end of the range, for a second owner: by its number an SPI tells whose it is.
  std::optional<uint32_t> allocate_last() noexcept;

  // A new device key is active: the whole range is free again under the given phase.
  void start_generation(unsigned phase) noexcept;

  unsigned phase() const noexcept { return phase_; }
  uint32_t first() const noexcept { return first_; }
  uint32_t capacity() const noexcept { return capacity_; }
  uint32_t from_front() const noexcept { return from_front_; }
  uint32_t from_end() const noexcept { return from_end_; }
  uint32_t issued() const noexcept { return from_front_ + from_end_; }
  uint32_t remaining() const noexcept { return capacity_ - issued(); }
  // Whether the index lies in the range.
  bool contains(uint32_t index) const noexcept { return index >= first_ && index - first_ < capacity_; }
  bool overlaps(const SpiAllocator& other) const noexcept {
    return capacity_ != 0 && other.capacity_ != 0 && (contains(other.first_) || other.contains(first_));
  }

 private:
  uint32_t first_;
  uint32_t capacity_;
  uint32_t from_front_ = 0;
  uint32_t from_end_ = 0;
  unsigned phase_;
};

}  // namespace pspnic::psp
