// SPDX-License-Identifier: Apache-2.0
// Vector 0 under the sanitizer, with a message that can be sent.
#pragma once

#include "model/pcie/config_space.h"
#include "testbench/tests/model/sanitizer/tx_kit.h"

namespace pspnic::misbehave {

inline constexpr uint32_t kMsixOn = 1u << 31;

class VectorKit : public test::Harness {
 public:
  VectorKit() {
    interrupts.set_watch(&watch);
    msix.set_watch(&watch);
    set_msix(kMsixOn);
    const uint64_t address = memory.allocate(4);
    msix.write(0, static_cast<uint32_t>(address));
    msix.write(4, static_cast<uint32_t>(address >> 32));
    mask(false);
  }
  void set_msix(uint32_t control) {
    config.write(pcie::ConfigSpace::kMsixCapability, control);
    msix.config_changed();
  }
  void mask(bool masked) { msix.write(12, masked ? 1 : 0); }
  // Work comes and the vector, enabled, fires; more work comes.
  void work_twice() {
    arm(0);
    work();
    work();
  }
  void work() { interrupts.cause(0, idpf::kItrNoUpdate); }

  sanitizer::Sanitizer watch{strict_params(), events, violations, kSecret};
};

}  // namespace pspnic::misbehave
