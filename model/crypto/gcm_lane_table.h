// SPDX-License-Identifier: Apache-2.0
// Cycles of the AES-GCM lanes of rtl/gcm, as measured. Written by `rtl_measure --write`; a test
// compares it with the RTL.
#pragma once

#include "model/crypto/gcm_timing.h"

namespace pspnic::crypto {

// Of 128-bit and of 256-bit keys: base, per_aad_block, per_text_block, latency_more.
inline constexpr GcmLaneTiming kGcmLaneTable[] = {
    {"pipelined_256_digit128", 256, {1, 1, 1, 17}, {1, 1, 1, 17}},
    {"pipelined_128_digit128", 128, {1, 1, 1, 13}, {}},
    {"pipelined_256_digit32", 256, {4, 4, 4, 17}, {4, 4, 4, 17}},
    {"iterative_256_digit16", 256, {30, 8, 10, 0}, {38, 8, 14, 0}},
};

}  // namespace pspnic::crypto
