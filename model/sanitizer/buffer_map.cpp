// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/buffer_map.h"

namespace pspnic::sanitizer {

std::optional<BufferMap::Buffer> BufferMap::add(uint64_t address, uint32_t bytes, base::Site site,
                                                uint16_t index) {
  const uint64_t end = address + bytes;
  const auto behind = buffers_.lower_bound(address);
  if (behind != buffers_.end() && behind->first < end) return behind->second;
  if (behind != buffers_.begin()) {
    const Buffer& before = std::prev(behind)->second;
    if (before.end > address) return before;
  }
  buffers_.emplace_hint(behind, address, Buffer{end, site, index});
  return std::nullopt;
}

void BufferMap::remove(uint64_t address, base::Site site, uint16_t index) {
  const auto found = buffers_.find(address);
  if (found == buffers_.end() || found->second.site != site || found->second.index != index) return;
  buffers_.erase(found);
}

void BufferMap::remove_all(base::Site site) {
  std::erase_if(buffers_, [&](const auto& entry) { return entry.second.site == site; });
}

}  // namespace pspnic::sanitizer
