// SPDX-License-Identifier: Apache-2.0
// Cycles of the key derivation units of rtl/kdf, as measured. Written by `rtl_measure --write`; a
// test compares it with the RTL.
#pragma once

#include "model/crypto/kdf_timing.h"

namespace pspnic::crypto {

// Of 128-bit and of 256-bit keys: occupancy, latency.
inline constexpr KdfUnitTiming kKdfUnitTable[] = {
    {"pipelined", {1, 15}, {2, 16}},
    {"iterative", {14, 15}, {28, 29}},
};

}  // namespace pspnic::crypto
