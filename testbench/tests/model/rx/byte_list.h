// SPDX-License-Identifier: Apache-2.0
// Bytes of headers, written one after another in network order; and the checksum over them, one word after
// another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pspnic::test {

struct ByteList {
  std::vector<uint8_t> bytes;

  ByteList& u8(size_t value) {
    bytes.push_back(static_cast<uint8_t>(value));
    return *this;
  }
  ByteList& be16(size_t value) { return u8(value >> 8 & 0xff).u8(value & 0xff); }
  ByteList& be32(size_t value) { return be16(value >> 16 & 0xffff).be16(value & 0xffff); }
  ByteList& add(const std::vector<uint8_t>& more) {
    bytes.insert(bytes.end(), more.begin(), more.end());
    return *this;
  }
  void put16(size_t at, size_t value) {
    bytes[at] = static_cast<uint8_t>(value >> 8);
    bytes[at + 1] = static_cast<uint8_t>(value);
  }
};

inline uint16_t ones_complement(std::vector<uint8_t> bytes) {
  if (bytes.size() % 2 != 0) bytes.push_back(0);
  uint32_t sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    sum += static_cast<uint32_t>(bytes[i] << 8 | bytes[i + 1]);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return static_cast<uint16_t>(~sum);
}

}  // namespace pspnic::test
