// SPDX-License-Identifier: Apache-2.0
// The lanes under test: those of the model, and one as gates are counted.
#pragma once

#include <array>
#include <memory>

#include "rtl/cosim/gcm_core.h"

namespace pspnic::rtl {

inline constexpr std::array<GcmShape, kGcmShapes.size() + 1> kTestedShapes{
    kGcmShapes[0], kGcmShapes[1], kGcmShapes[2], kGcmShapes[3], {256, true, 128, 16383, true}};

std::unique_ptr<GcmCore> make_core(const GcmShape& shape);

}  // namespace pspnic::rtl
