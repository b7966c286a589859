// SPDX-License-Identifier: Apache-2.0
// Bytes of a fuzzer as a sequence of small numbers. What is missing at the end reads as 0, so that every
// input means something.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "model/idpf/virtchnl2_opcodes.h"

namespace pspnic::fuzz {

class Input {
 public:
  explicit Input(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  uint8_t byte() {
    if (bytes_.empty()) return 0;
    const uint8_t value = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return value;
  }
  uint16_t half() { return static_cast<uint16_t>(byte() | byte() << 8); }
  uint32_t word() { return half() | uint32_t{half()} << 16; }
  std::vector<uint8_t> take(size_t count) {
    const size_t there = std::min(count, bytes_.size());
    std::vector<uint8_t> taken(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(there));
    bytes_ = bytes_.subspan(there);
    taken.resize(count);
    return taken;
  }

 private:
  std::span<const uint8_t> bytes_;
};

// An opcode in one byte for those that there are, or any.
idpf::Opcode read_opcode(Input& input);

}  // namespace pspnic::fuzz
