// SPDX-License-Identifier: Apache-2.0
// What a run found, in the terms of who asked for it: is everything right, how fast, how late, what was lost,
// and which block is the bottleneck.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/crypto/area.h"
#include "testbench/bench/platform.h"
#include "testbench/bench/workload.h"

namespace pspnic::bench {

struct BlockUse {
  std::string name;  // "nic_a.tx.stages.crypto"
  double utilisation = 0;
  double blocked = 0;  // share of its time it could not go on because of the block behind; stages only
};

// A bounded resource that is no server, and the share of time in which somebody waited for it.
struct WaitShare {
  std::string name;  // "nic_a.pcie.tags"
  double share = 0;
};

struct DirectionSummary {
  const DirectionOutcome* outcome = nullptr;
  uint64_t wire_frames = 0;
  double wire_packets_per_second = 0;  // between the first and the last frame on the wire
  double goodput_bps = 0;              // L4 payload, from the first transmit() to the last packet received
};

// One kind of traffic of a direction.
struct DirectionPart {
  Side from = kA;
  std::string name;
  const DirectionOutcome* outcome = nullptr;
  double goodput_bps = 0;
};

// The crypto configuration of each of the cards and what it costs.
struct CryptoUse {
  unsigned lanes = 0;  // of a direction
  unsigned units = 0;
  const char* lane = "";
  const char* unit = "";
  double clock_hz = 0;  // of the lanes
  crypto::CryptoCost cost;
};

struct Summary {
  DirectionSummary directions[kSides];
  std::optional<ConnectionOutcome> connections;
  base::Time window = 0;
  CryptoUse crypto;
  std::vector<BlockUse> blocks;                         // busiest first
  std::vector<WaitShare> waits;                         // most waited for first, only those that were
  std::vector<std::pair<std::string, uint64_t>> drops;  // "nic_b.rx_overflow", only those that happened
  std::vector<std::string> violations;                  // as texts
  std::vector<std::string> anomalies;                   // what the drivers found wrong with the devices
  std::string imbalance;                                // empty if every block balances
  std::string stall;                 // set when packets are missing without having been dropped
  std::vector<DirectionPart> parts;  // of directions whose traffic is of several kinds
  std::string input_error;
  std::string statistics;  // of the window, as JSON

  uint64_t packets_simulated() const;
  bool all_well() const;
};

Summary summarize(Platform& platform, const Workload& workload, const nic::CryptoParams& crypto);
// What drivers and devices have been found to do wrong until now; summarize() does not.
void add_findings(Summary& summary, Platform& platform);
void print_summary(std::ostream& out, const Summary& summary);

// What limits the run: the blocks busy nearly all the time, the busiest first; without one, the resources
// that were waited for nearly all the time. Both empty: latency, or what the hosts offer.
struct Bottleneck {
  std::vector<std::string> blocks;
  std::vector<std::string> resources;
};
Bottleneck bottleneck(const Summary& summary);

}  // namespace pspnic::bench
