// SPDX-License-Identifier: Apache-2.0
// The memory of one host that devices can reach: one region at a fixed device address, handed out in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "testbench/host/host_port.h"

namespace pspnic::bench {

class HostMemory {
 public:
  // Address 0 and what lies below 4 GiB are not mapped, so that a device that forgets an address is caught.
  static constexpr uint64_t kBase = 0x1'0000'0000;

  explicit HostMemory(size_t bytes);
  ~HostMemory();
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  // Throws std::runtime_error that names the parameter when the region is full.
  host::DmaBuffer allocate(size_t bytes, size_t alignment);
  void free(const host::DmaBuffer& buffer);

  size_t size() const { return bytes_; }

  // The bytes [address, address + length), or null if any of them is outside.
  uint8_t* at(uint64_t address, size_t length) {
    const uint64_t offset = address - kBase;
    return offset <= bytes_ && length <= bytes_ - offset ? region_ + offset : nullptr;
  }

 private:
  uint8_t* region_;
  size_t bytes_;
  size_t used_ = 0;
  std::map<size_t, std::vector<uint64_t>> freed_;  // by size
};

}  // namespace pspnic::bench
