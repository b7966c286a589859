// SPDX-License-Identifier: Apache-2.0
// Whole cards as a way of running vectors.
#pragma once

#include <memory>

#include "model/nic/nic_params.h"
#include "testbench/vectors/through.h"

namespace pspnic::vectors {

// Each card has the device keys of its cases, a driver that polls, and a wire. A case that is sent has a card
// of its own, whose clock is set so that it writes the case's IV. SystemC elaborates once a process, so that
// cases run in batches, each in a child process; not to be called from within a simulation. `rx` settings
// and the like are the card's defaults; `crypto` says who computes the bytes.
std::unique_ptr<Through> make_device(const nic::CryptoParams& crypto);

}  // namespace pspnic::vectors
