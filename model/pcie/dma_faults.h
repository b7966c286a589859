// SPDX-License-Identifier: Apache-2.0
// What can go wrong with a DMA access besides its address, and who says that it does. A card has no source of
// faults unless a bench gives it one; then every access costs a test of a pointer.
#pragma once

#include <cstdint>
#include <span>

#include "model/base/driver_rules.h"

namespace pspnic::pcie {

// kPoisoned: the completion's EP bit is set (PCI Express Base Specification, error forwarding): its data is
// there and must not be used.
enum class DmaStatus : uint8_t { kOk, kUnmapped, kAborted, kPoisoned };

// What a read is for. kOwnMemory: the device's part of host memory, whose contents the model keeps elsewhere;
// only the time of such accesses counts, and their address does not.
enum class ReadFor : uint8_t { kOther, kDescriptors, kPacketData, kMailbox, kOwnMemory };

class DmaFaultSource {
 public:
  virtual ~DmaFaultSource() = default;
  // A read has found its `data`, which may be changed: a driver could have written that. kUnmapped is no
  // answer.
  virtual DmaStatus on_read(ReadFor purpose, std::span<uint8_t> data) = 0;
  // True: the write is lost, and the root complex has told the device. It lets nothing of a packet pass whose
  // data it has lost: the small write behind that, which would announce it, is lost as well.
  virtual bool on_write() = 0;
};

// The rule that a failed access broke, for violations. `unmapped` is the caller's for a wrong address.
constexpr base::DriverRule broken_rule(DmaStatus status, base::DriverRule unmapped) {
  switch (status) {
    case DmaStatus::kAborted:
      return base::DriverRule::kDmaAborted;
    case DmaStatus::kPoisoned:
      return base::DriverRule::kDmaPoisoned;
    default:
      return unmapped;
  }
}

}  // namespace pspnic::pcie
