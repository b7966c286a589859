// SPDX-License-Identifier: Apache-2.0
// What a machine with DPDK's driver is the same in, in the bench and under testpmd. scripts/testpmd has to
// repeat slots, MAC addresses and arguments; a test of it reads them here.
#pragma once

#include "testbench/bench/card_pair.h"

namespace pspnic::dpdk {

using bench::kA;
using bench::kB;
using bench::kSides;
using bench::Side;

inline constexpr const char* kHostNames[kSides] = {"host_a", "host_b"};
inline constexpr const char* kSlots[kSides] = {"0000:be:00.0", "0000:bf:00.0"};

// As bench::CardPair gives them.
inline constexpr const char* kMacs[kSides] = {"02:50:53:50:00:0a", "02:50:53:50:00:0b"};

// For the EAL: no huge pages, no files or sockets for other processes, and device addresses that are
// pointers.
inline constexpr const char* kEalArguments[] = {"--no-huge", "--no-shconf", "--no-telemetry",
                                                "--iova-mode=va"};

}  // namespace pspnic::dpdk
