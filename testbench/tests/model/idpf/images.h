// SPDX-License-Identifier: Apache-2.0
// Byte images for the tests of this folder: written as hexadecimal text, or random with a fixed seed.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include "model/idpf/wire.h"

namespace pspnic::idpf {

// "40 91 94" -> three bytes; anything but hexadecimal digits separates.
inline std::vector<uint8_t> hex(std::string_view text) {
  std::vector<uint8_t> bytes;
  uint32_t digits = 0;
  uint32_t value = 0;
  for (const char c : text) {
    const auto at = std::string_view("0123456789abcdef").find(c);
    if (at == std::string_view::npos) continue;
    value = value << 4 | static_cast<uint32_t>(at);
    if (++digits % 2 == 0) bytes.push_back(static_cast<uint8_t>(value));
  }
  return bytes;
}

// A message struct's bytes.
template <WireStruct T>
std::vector<uint8_t> image_of(const T& value) {
  std::vector<uint8_t> bytes(sizeof(T));
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

template <class T, size_t kBytes>
std::vector<uint8_t> encoded(const T& value) {
  std::array<uint8_t, kBytes> bytes;
  bytes.fill(0xA5);  // encode() must write every byte
  value.encode(std::span<uint8_t, kBytes>(bytes));
  return {bytes.begin(), bytes.end()};
}

template <class T, size_t kBytes>
T decoded(std::string_view text) {
  const std::vector<uint8_t> bytes = hex(text);
  std::array<uint8_t, kBytes> image{};
  std::memcpy(image.data(), bytes.data(), std::min(bytes.size(), kBytes));
  return T::decode(std::span<const uint8_t, kBytes>(image));
}

// A descriptor's fixed and reserved bits: encode(decode(r)) must be (r & keep) | set for every r.
template <size_t kBytes>
struct BitRule {
  std::array<uint8_t, kBytes> keep;
  std::array<uint8_t, kBytes> set{};

  BitRule() { keep.fill(0xFF); }
  BitRule& byte(size_t index, uint8_t keep_bits, uint8_t set_bits = 0) {
    keep[index] = keep_bits;
    set[index] = set_bits;
    return *this;
  }
};

// The number of random images out of `count` whose decoded and re-encoded form breaks the rule.
template <class T, size_t kBytes>
int count_rule_breaks(const BitRule<kBytes>& rule, int count = 2000) {
  std::mt19937_64 random(12345);
  int breaks = 0;
  for (int i = 0; i < count; ++i) {
    std::array<uint8_t, kBytes> image;
    std::array<uint8_t, kBytes> expected;
    for (size_t b = 0; b < kBytes; ++b) {
      image[b] = static_cast<uint8_t>(random());
      expected[b] = static_cast<uint8_t>((image[b] & rule.keep[b]) | rule.set[b]);
    }
    std::array<uint8_t, kBytes> result;
    result.fill(0xA5);
    const T value = T::decode(std::span<const uint8_t, kBytes>(image));
    value.encode(std::span<uint8_t, kBytes>(result));
    const T again = T::decode(std::span<const uint8_t, kBytes>(result));
    if (result != expected || !(again == value)) ++breaks;
  }
  return breaks;
}

}  // namespace pspnic::idpf
