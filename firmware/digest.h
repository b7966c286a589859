// SPDX-License-Identifier: Apache-2.0
// FNV-1a over 64-bit words: cheap, and equal on every machine. Compares states; never security.
#pragma once

#include <cstdint>
#include <span>
#include <type_traits>

namespace pspnic::firmware {

class Digest {
 public:
  template <class T>
  requires std::is_integral_v<T> || std::is_enum_v<T> Digest& add(T value) {
    hash_ = (hash_ ^ static_cast<uint64_t>(value)) * 0x100000001b3u;
    return *this;
  }
  Digest& add_bytes(std::span<const uint8_t> bytes) {
    add(bytes.size());
    for (const uint8_t byte : bytes) add(byte);
    return *this;
  }
  uint64_t value() const { return hash_; }

 private:
  uint64_t hash_ = 0xcbf29ce484222325u;
};

}  // namespace pspnic::firmware
