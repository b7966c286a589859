// SPDX-License-Identifier: Apache-2.0
// Parameters that only take multiples of something: what the platform's check asks for, and by how much who
// tries neighbouring values must go.
#pragma once

#include <cstdint>
#include <string_view>

#include "model/base/time.h"

namespace pspnic::bench {

// In the parameter's smallest unit: descriptors; ps.
inline constexpr uint64_t kRingStep = 32;            // host.ring: what drivers of this device use
inline constexpr uint64_t kItrStep = 2 * base::kUs;  // host.itr: the unit of the device's ITR registers

// 1 for parameters without a step of their own. `gro_ways`, nic.rx.gro.ways, is that of nic.rx.gro.contexts.
inline uint64_t param_step(std::string_view name, uint64_t gro_ways) {
  if (name == "host.ring") return kRingStep;
  if (name == "host.itr") return kItrStep;
  return name == "nic.rx.gro.contexts" ? gro_ways : 1;
}

}  // namespace pspnic::bench
