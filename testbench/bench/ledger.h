// SPDX-License-Identifier: Apache-2.0
// Where the packets of one direction went, and whether the faults of the run explain what did not arrive.
//
//   sent + duplicated = not_fetched + tx_dropped + lost + rx_dropped + captured + not_delivered + received
//
// `not_fetched` and `not_delivered` are what is left between two neighbours that count independently, the
// others are counted where they happen. The rule of the explanation: a loss, a violation, an anomaly, a
// duplicate or a damaged packet is explained if a fault that can cause it has happened in this run (causes in
// ledger.cpp); losses that the cable makes one by one are explained one by one. All other losses are not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "testbench/bench/platform.h"
#include "testbench/bench/workload.h"

namespace pspnic::bench {

// Kinds of faults, as a set.
enum FaultKind : uint32_t {
  kFrameLoss = 1u << 0,
  kFrameDuplicated = 1u << 1,
  kFrameReordered = 1u << 2,
  kFrameDamaged = 1u << 3,        // and found by its FCS
  kFrameDamagedUnseen = 1u << 4,  // and not
  kDoorbell = 1u << 5,
  kReadFailed = 1u << 6,
  kWriteFailed = 1u << 7,
  kDescriptorFlipped = 1u << 8,
  kStall = 1u << 9,
  kFunctionReset = 1u << 10,
  kOverload = 1u << 11,  // not injected: offered by the run on purpose
};
using FaultKinds = uint32_t;

struct Loss {
  std::string name;
  uint64_t packets = 0;
  bool explained = false;
};

struct Ledger {
  bool kept = false;  // only of runs with faults
  int64_t not_fetched = 0;
  uint64_t lost = 0;        // by the cable
  uint64_t duplicated = 0;  // by the cable
  uint64_t captured = 0;    // failed, or not opened for lack of capacity, and given to the host as they came
  int64_t not_delivered = 0;
  std::vector<Loss> losses;  // that happened, drops by reason among them

  uint64_t explained() const;
  uint64_t unexplained() const;
};

// A fault that happened: "faults_a.writes_lost" and how often.
struct FaultCount {
  std::string name;
  uint64_t count = 0;
};
std::vector<FaultCount> count_faults(Platform& platform);
// Parameters of faults that are not 0 and have done nothing.
std::vector<std::string> idle_faults(Platform& platform, const PlatformParams& params);
// Which kinds have happened, or are allowed.
FaultKinds faults_seen(Platform& platform, const PlatformParams& params);
// Those at one card and its host.
FaultKinds card_faults_seen(Platform& platform, Side side);
// Whether the parameters ask for any, or allow overload.
bool faults_wanted(const PlatformParams& params);

Ledger keep_ledger(Platform& platform, const DirectionOutcome& outcome, Side from, FaultKinds seen);

// Packets received more than once, out of order, or changed, beyond what faults explain.
struct Oddities {
  uint64_t corrupted = 0;
  uint64_t duplicated = 0;
  uint64_t reordered = 0;
  bool any() const { return corrupted > 0 || duplicated > 0 || reordered > 0; }
};
Oddities unexplained_oddities(Platform& platform, const DirectionOutcome& outcome, Side from,
                              FaultKinds seen);
// Whether faults of these kinds, which happened at a card, may be why it reports this rule of its driver.
bool explains(FaultKinds seen, base::DriverRule rule);
bool explains_anomalies(FaultKinds seen);

}  // namespace pspnic::bench
