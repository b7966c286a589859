// SPDX-License-Identifier: Apache-2.0
// What two hosts agree on out of band: the receiver's SPI and key go into the sender's SA table.
#pragma once

#include <cstdint>
#include <vector>

#include "testbench/bench/key_log.h"
#include "testbench/bench/platform.h"

namespace pspnic::bench {

// One SA as the sender uses it.
struct SaLink {
  host::SaHandle handle;
  uint32_t spi = 0;
  psp::Version version = psp::Version::kAesGcm128;
  uint8_t generation = 0;  // of the receiver's device key
};

// Script. Makes `count` SAs from `sender` to the host that its cable leads to, for flows that take turns on
// queues: each belongs, at both ends, to the function that its queue is of. Throws DriverError if the devices
// give fewer.
std::vector<SaLink> exchange_keys(Platform& platform, Side sender, psp::Version version, unsigned count,
                                  KeyLog& log);

}  // namespace pspnic::bench
