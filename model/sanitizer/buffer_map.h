// SPDX-License-Identifier: Apache-2.0
// Stretches of host memory that the device holds: buffers posted and not used yet. Each function has memory
// of its own: an IOMMU may show the same addresses of two functions different memory.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "model/base/violation.h"

namespace pspnic::sanitizer {

class BufferMap {
 public:
  struct Buffer {
    uint64_t end = 0;  // behind its last byte
    base::Site site;
    uint16_t index = 0;  // of its descriptor
  };

  // What it overlaps of those of the function; if anything, it is not added.
  std::optional<Buffer> add(uint16_t function, uint64_t address, uint32_t bytes, base::Site site,
                            uint16_t index);
  // One of the function's that has a byte of [address, end).
  std::optional<Buffer> find(uint16_t function, uint64_t address, uint64_t end) const;
  // Nothing happens unless it is this descriptor's.
  void remove(uint16_t function, uint64_t address, base::Site site, uint16_t index);
  void remove_all(base::Site site);
  void clear() { buffers_.clear(); }

 private:
  std::map<std::pair<uint16_t, uint64_t>, Buffer> buffers_;  // by function and address
};

}  // namespace pspnic::sanitizer
