// SPDX-License-Identifier: Apache-2.0
// Host memory of a DMA engine that stands alone: there is always some, and what is in it does not matter.
#pragma once

#include "model/pcie/dma.h"

namespace pspnic::validate {

class PlainMemory : public pcie::HostMemory, public pcie::DmaFaultHandler {
 public:
  bool read(uint64_t, std::span<uint8_t>) override { return true; }
  bool write(uint64_t, std::span<const uint8_t>) override { return true; }
  void on_write_fault(pcie::Requester, uint64_t, uint32_t, bool, pcie::DmaStatus) override {}
};

inline constexpr pcie::Requester kBlock{pcie::Requester::Kind::kRxQueue, 0};

// Gigabits a second of `bytes` in a time in ps.
inline double gbps(double bytes, base::Time time) {
  return bytes * 8000 / static_cast<double>(time);
}

}  // namespace pspnic::validate
