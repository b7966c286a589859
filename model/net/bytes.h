// SPDX-License-Identifier: Apache-2.0
// Loads and stores of integers at any alignment, with the byte order in the name: wire formats are big endian
// (be), IDPF structures little endian (le). The caller guarantees that the bytes exist.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>

namespace pspnic::net {

static_assert(std::endian::native == std::endian::little || std::endian::native == std::endian::big);

constexpr uint16_t swap_bytes(uint16_t value) noexcept {
  return __builtin_bswap16(value);
}
constexpr uint32_t swap_bytes(uint32_t value) noexcept {
  return __builtin_bswap32(value);
}
constexpr uint64_t swap_bytes(uint64_t value) noexcept {
  return __builtin_bswap64(value);
}

namespace detail {

// Constant evaluation has no memcpy, so it assembles the value byte by byte.
template <std::unsigned_integral T, std::endian kOrder>
constexpr T load(const uint8_t* bytes) noexcept {
  if (std::is_constant_evaluated()) {
    uint64_t value = 0;
    for (unsigned i = 0; i < sizeof(T); ++i) {
      const unsigned shift = 8 * (kOrder == std::endian::big ? unsigned{sizeof(T)} - 1 - i : i);
      value |= uint64_t{bytes[i]} << shift;
    }
    return static_cast<T>(value);
  }
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return kOrder == std::endian::native ? value : swap_bytes(value);
}

template <std::unsigned_integral T, std::endian kOrder>
constexpr void store(uint8_t* bytes, T value) noexcept {
  if (std::is_constant_evaluated()) {
    for (unsigned i = 0; i < sizeof(T); ++i) {
      const unsigned shift = 8 * (kOrder == std::endian::big ? unsigned{sizeof(T)} - 1 - i : i);
      bytes[i] = static_cast<uint8_t>(uint64_t{value} >> shift);
    }
    return;
  }
  const T ordered = kOrder == std::endian::native ? value : swap_bytes(value);
  std::memcpy(bytes, &ordered, sizeof ordered);
}

}  // namespace detail

constexpr uint16_t load_be16(const uint8_t* bytes) noexcept {
  return detail::load<uint16_t, std::endian::big>(bytes);
}
constexpr uint32_t load_be32(const uint8_t* bytes) noexcept {
  return detail::load<uint32_t, std::endian::big>(bytes);
}
constexpr uint64_t load_be64(const uint8_t* bytes) noexcept {
  return detail::load<uint64_t, std::endian::big>(bytes);
}
constexpr uint16_t load_le16(const uint8_t* bytes) noexcept {
  return detail::load<uint16_t, std::endian::little>(bytes);
}
constexpr uint32_t load_le32(const uint8_t* bytes) noexcept {
  return detail::load<uint32_t, std::endian::little>(bytes);
}
constexpr uint64_t load_le64(const uint8_t* bytes) noexcept {
  return detail::load<uint64_t, std::endian::little>(bytes);
}

constexpr void store_be16(uint8_t* bytes, uint16_t value) noexcept {
  detail::store<uint16_t, std::endian::big>(bytes, value);
}
constexpr void store_be32(uint8_t* bytes, uint32_t value) noexcept {
  detail::store<uint32_t, std::endian::big>(bytes, value);
}
constexpr void store_be64(uint8_t* bytes, uint64_t value) noexcept {
  detail::store<uint64_t, std::endian::big>(bytes, value);
}
constexpr void store_le16(uint8_t* bytes, uint16_t value) noexcept {
  detail::store<uint16_t, std::endian::little>(bytes, value);
}
constexpr void store_le32(uint8_t* bytes, uint32_t value) noexcept {
  detail::store<uint32_t, std::endian::little>(bytes, value);
}
constexpr void store_le64(uint8_t* bytes, uint64_t value) noexcept {
  detail::store<uint64_t, std::endian::little>(bytes, value);
}

}  // namespace pspnic::net
