// SPDX-License-Identifier: Apache-2.0
// A Verilated lane that shows what it remembers.
#pragma once

#include "rtl/cosim/verilated_gcm_core.h"

namespace pspnic::rtl {

template <class Top>
class OpenCore final : public VerilatedGcmCore<Top> {
 public:
  using VerilatedGcmCore<Top>::VerilatedGcmCore;
  const auto& memory() const { return *this->top_.rootp; }
};

}  // namespace pspnic::rtl
