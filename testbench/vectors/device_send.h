// SPDX-License-Identifier: Apache-2.0
// From a driver's descriptors to the wire of a whole card, byte for byte, IV and ICV included.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/nic/nic_params.h"
#include "testbench/polling/psp.h"
#include "testbench/vectors/through.h"

namespace pspnic::vectors {

// One frame on the wire that a card has to make of what a driver hands over.
struct WireTrial {
  polling::RawFrame frame;
  uint32_t spi = 0;  // the next three with frame.psp
  uint8_t version = 0;
  Bytes key;
  size_t psp_offset = 0;       // 0: no PSP
  std::optional<uint64_t> iv;  // of the frame compared
  size_t frames = 1;           // that go out
  size_t index = 0;            // of the one compared
  Bytes wire;
};

// Sends each trial from a card of its own whose IV clock is set so that the frame compared has the trial's
// IV. An IV is the clock at the start of a lane: that time is learned beforehand, by the same run with all
// clocks at 0. Two child processes.
Failures send_trials(const std::vector<WireTrial>& trials, const nic::CryptoParams& crypto);

}  // namespace pspnic::vectors
