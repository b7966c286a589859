// SPDX-License-Identifier: Apache-2.0
// What scripts/testpmd says of the two cards. It comes through the environment, because the command line is
// testpmd's.
#pragma once

#include <string>
#include <vector>

#include "model/nic/nic_params.h"
#include "testbench/bench/cable.h"
#include "testbench/bench/flow_file.h"

namespace pspnic::dpdk {

struct CardOptions {
  nic::NicParams nic;
  bench::CableParams cable;
  std::string wire_file;  // the capture of what crosses the cable; empty: none
  std::string flow_file;  // flows that the cards protect (bench/flow_file.h); empty: none
  std::vector<bench::FlowSpec> flows;
  std::string key_file;  // their session keys; empty: not written
};

// From PSPNIC_TESTPMD_CARDS, a line each: "config FILE", "set KEY=VALUE", "wire FILE", "protect FILE",
// "keys FILE"; later settings win.
// Throws base::ConfigError. Unlike elsewhere nic.quirks.complete_every_descriptor is on unless switched off,
// because testpmd may chain buffers.
CardOptions card_options();

}  // namespace pspnic::dpdk
