// SPDX-License-Identifier: Apache-2.0
// The hardware's counters only ever grow; what a driver reads counts from an event of its own.
#pragma once

#include "firmware/hardware.h"

namespace pspnic::firmware {

VportCounters since(const VportCounters& now, const VportCounters& start);
PspCounters since(const PspCounters& now, const PspCounters& start);

}  // namespace pspnic::firmware
