// SPDX-License-Identifier: Apache-2.0
// From the wire of a whole card into host memory: verdict, counters, bytes.
#pragma once

#include <vector>

#include "model/nic/nic_params.h"
#include "testbench/vectors/through.h"

namespace pspnic::vectors {

// All by one card with the device keys `keys`, whatever those of the cases are. A child process.
Failures receive_frames(const std::vector<const Receive*>& cases, const DeviceKeyPair& keys,
                        const nic::NicParams& params);
// The same for frames that are merged; `strip`: the card takes PSP headers off, which all cases must want.
Failures merge_frames(const std::vector<const Merge*>& cases, const DeviceKeyPair& keys, bool strip,
                      const nic::NicParams& params);

}  // namespace pspnic::vectors
