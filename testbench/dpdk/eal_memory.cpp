// SPDX-License-Identifier: Apache-2.0
#include "testbench/dpdk/eal_memory.h"

#include <rte_memory.h>

namespace pspnic::dpdk {

const EalMemory::Segment* EalMemory::search(uint64_t iova) const {
  for (const Segment& segment : segments_) {
    if (iova >= segment.iova && iova - segment.iova < segment.length) return &segment;
  }
  return nullptr;
}

const EalMemory::Segment* EalMemory::find(uint64_t iova) {
  const Segment* segment = search(iova);
  if (segment != nullptr || !segments_.empty() || ended_) return segment;
  look_up();
  return search(iova);
}

// Drivers are probed inside rte_eal_init(): the first access comes before any code of ours could call this.
void EalMemory::look_up() {
  rte_memseg_contig_walk_thread_unsafe(
      [](const rte_memseg_list*, const rte_memseg* first, size_t length, void* self) {
        static_cast<EalMemory*>(self)->segments_.push_back(
            {first->iova, length, static_cast<uint8_t*>(first->addr)});
        return 0;
      },
      this);
}

void EalMemory::end() {
  segments_.clear();
  ended_ = true;
}

EalMemory& eal_memory() {
  static EalMemory memory;
  return memory;
}

}  // namespace pspnic::dpdk
