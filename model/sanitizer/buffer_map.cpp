// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/buffer_map.h"

namespace pspnic::sanitizer {

std::optional<BufferMap::Buffer> BufferMap::add(uint16_t function, uint64_t address, uint32_t bytes,
                                                base::Site site, uint16_t index) {
  const uint64_t end = address + bytes;
  const auto behind = buffers_.lower_bound({function, address});
  if (behind != buffers_.end() && behind->first < std::pair{function, end}) return behind->second;
  if (behind != buffers_.begin()) {
    const auto& [place, before] = *std::prev(behind);
    if (place.first == function && before.end > address) return before;
  }
  buffers_.emplace_hint(behind, std::pair{function, address}, Buffer{end, site, index});
  return std::nullopt;
}

void BufferMap::remove(uint16_t function, uint64_t address, base::Site site, uint16_t index) {
  const auto found = buffers_.find({function, address});
  if (found == buffers_.end() || found->second.site != site || found->second.index != index) return;
  buffers_.erase(found);
}

void BufferMap::remove_all(base::Site site) {
  std::erase_if(buffers_, [&](const auto& entry) { return entry.second.site == site; });
}

}  // namespace pspnic::sanitizer
