// SPDX-License-Identifier: Apache-2.0
#include "testbench/tests/rtl/gcm/tested_shapes.h"

#include <Vgcm_lane_256_gates.h>

#include "rtl/cosim/verilated_gcm_core.h"

namespace pspnic::rtl {

std::unique_ptr<GcmCore> make_core(const GcmShape& shape) {
  if (shape.gates) return std::make_unique<VerilatedGcmCore<Vgcm_lane_256_gates>>();
  return make_gcm_core(shape);
}

}  // namespace pspnic::rtl
