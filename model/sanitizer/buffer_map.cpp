// SPDX-License-Identifier: Apache-2.0
#include "model/sanitizer/buffer_map.h"

namespace pspnic::sanitizer {

std::optional<BufferMap::Buffer> BufferMap::add(uint16_t function, uint64_t address, uint32_t bytes,
                                                base::Site site, uint16_t index) {
  const uint64_t end = address + bytes;
  if (const auto other = find(function, address, end)) return other;
  buffers_.emplace(std::pair{function, address}, Buffer{end, site, index});
  return std::nullopt;
}

std::optional<BufferMap::Buffer> BufferMap::find(uint16_t function, uint64_t address, uint64_t end) const {
  const auto behind = buffers_.lower_bound({function, address});
  if (behind != buffers_.end() && behind->first < std::pair{function, end}) return behind->second;
  if (behind == buffers_.begin()) return std::nullopt;
  const auto& [place, before] = *std::prev(behind);
  if (place.first == function && before.end > address) return before;
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
