// SPDX-License-Identifier: Apache-2.0
#include "testbench/bench/host_memory.h"

#include <sys/mman.h>

#include <cstring>
#include <new>
#include <stdexcept>
#include <string>

namespace pspnic::bench {

HostMemory::HostMemory(size_t bytes) : bytes_(bytes) {
  // Reserved, not touched: pages cost memory only when they are used.
  void* region =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) throw std::bad_alloc();
  madvise(region, bytes, MADV_HUGEPAGE);  // as a driver's DMA memory would be; only saves time
  region_ = static_cast<uint8_t*>(region);
}

HostMemory::~HostMemory() {
  munmap(region_, bytes_);
}

host::DmaBuffer HostMemory::allocate(size_t bytes, size_t alignment) {
  if (auto& same = freed_[bytes]; !same.empty() && (same.back() & (alignment - 1)) == 0) {
    const uint64_t iova = same.back();
    same.pop_back();
    std::memset(at(iova, bytes), 0, bytes);
    return {iova, {at(iova, bytes), bytes}};
  }
  const size_t begin = (used_ + alignment - 1) & ~(alignment - 1);
  if (begin > bytes_ || bytes > bytes_ - begin) {
    throw std::runtime_error("host.memory: " + std::to_string(bytes_) +
                             " bytes are too few for the driver's rings and buffers");
  }
  used_ = begin + bytes;
  return {kBase + begin, {region_ + begin, bytes}};
}

void HostMemory::free(const host::DmaBuffer& buffer) {
  freed_[buffer.bytes.size()].push_back(buffer.iova);
}

}  // namespace pspnic::bench
