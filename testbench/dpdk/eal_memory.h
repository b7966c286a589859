// SPDX-License-Identifier: Apache-2.0
// The memory of DPDK's environment layer that devices may reach. Without huge pages the EAL takes all of it
// at its start and keeps it to the end, so what was found once holds until then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pspnic::dpdk {

class EalMemory {
 public:
  // A run of memory contiguous for host and device.
  struct Segment {
    uint64_t iova = 0;
    size_t length = 0;
    uint8_t* bytes = nullptr;
  };

  // After the end of the EAL, which has unmapped it: from now on nothing is found.
  void end();

  // The segment that holds a device address; null if none does.
  const Segment* find(uint64_t iova);

  // The bytes [iova, iova + length), or null if any of them is outside.
  uint8_t* at(uint64_t iova, size_t length) {
    const Segment* segment = find(iova);
    if (segment == nullptr || length > segment->length - (iova - segment->iova)) return nullptr;
    return segment->bytes + (iova - segment->iova);
  }

 private:
  const Segment* search(uint64_t iova) const;
  void look_up();

  std::vector<Segment> segments_;
  bool ended_ = false;
};

// There is one EAL in a process.
EalMemory& eal_memory();

}  // namespace pspnic::dpdk
