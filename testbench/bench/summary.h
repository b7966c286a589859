// SPDX-License-Identifier: Apache-2.0
// What a run found, in the terms of who asked for it: is everything right, how fast, how late, what was lost,
// and which block is the bottleneck.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/base/violation.h"
#include "model/crypto/area.h"
#include "model/nic/area.h"
#include "testbench/bench/explanation.h"
#include "testbench/bench/ledger.h"
#include "testbench/bench/platform.h"
#include "testbench/bench/steady.h"
#include "testbench/bench/wire_checker.h"
#include "testbench/bench/workload.h"

namespace pspnic::bench {

// 0 in no time.
double per_second(double amount, base::Time time);

struct BlockUse {
  std::string name;  // "nic_a.tx.stages.crypto"
  double utilisation = 0;
  // Stages only: shares of its time in which it could not go on because of what is behind, and in which it
  // had nothing to do.
  double blocked = 0;
  double starved = 0;
  bool stage = false;
  // Stages that others feed over a door (model/base/stretch.h): how many items wait there in the mean, as the
  // stage's queue is full.
  double at_door = 0;
};

// A bounded resource that is no server, and the share of time in which somebody waited for it.
struct WaitShare {
  std::string name;  // "nic_a.pcie.tags"
  double share = 0;
};

struct DirectionSummary {
  bool payload_compared = true;  // else packets were told apart by their headers
  const DirectionOutcome* outcome = nullptr;
  Side to = kB;  // whose card receives
  uint64_t wire_frames = 0;
  uint64_t sealed = 0;            // by the sender's card, whoever asked for it
  base::Time time = 0;            // from the first transmit() to the last arrival, at the host or the port
  double goodput_bps = 0;         // L4 payload received, over `time`
  double packets_per_second = 0;  // frames on the wire, over `time`
  double wire_packets_per_second = 0;  // between the first and the last frame on the wire; 0 for one frame
  SteadyRate steady;                   // in the middle of the run
  Ledger ledger;                       // kept in runs with faults
  Oddities odd;                        // beyond what faults explain
};

// One kind of traffic of a direction.
struct DirectionPart {
  Side from = kA;
  std::string name;
  const DirectionOutcome* outcome = nullptr;
  // L4 payload received, over the time of its direction, so that parts add up to it; of a part that is
  // offered at a rate of its own, over its own time.
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

// A flow that the cards protect without their drivers' knowledge.
struct FlowUse {
  uint64_t sealed[kSides] = {};   // by the card of this side; a TSO frame counts once
  uint64_t taken[kSides] = {};    // from the peer
  uint64_t dropped[kSides] = {};  // its packets that could not be sealed, or came otherwise than they must
  bool matched() const;
};

// What a card's receive side merged, and what its port asked of the peer.
struct CardUse {
  std::string name;
  uint64_t coalesced = 0;  // packets that came to the coalescer
  double per_frame = 0;    // of these, in one that it handed on
  base::Time added_p50 = 0;
  base::Time added_p99 = 0;
  std::vector<std::pair<std::string, uint64_t>> flushes;  // why merging ended, most frequent first
  uint64_t pauses = 0;                                    // requests to wait, to the peer
  uint64_t resumes = 0;
  // Packets whose transmit SA was in the cache, or was not and waited; nic.crypto.sa_cache in memory only.
  uint64_t sa_hits = 0;
  uint64_t sa_misses = 0;
  base::Time sa_wait_p50 = 0;
  base::Time sa_wait_p99 = 0;
};

// What a card reports of its driver.
struct DriverReport {
  std::string device;
  base::Violation violation;
  bool fails = false;  // the run
};

struct Summary {
  DirectionSummary directions[kSides];
  std::optional<ConnectionOutcome> connections;
  std::optional<ControlOutcome> control;
  std::optional<TrafficOutcome> traffic;
  base::Time window = 0;
  CryptoUse crypto;
  double area = 0;  // gate equivalents of a card (model/nic/area.h)
  std::vector<CardUse> cards;
  std::vector<FlowUse> flows;                           // as --protect has them
  std::vector<QueueUse> queues[kSides];                 // of each host
  std::vector<HostWait> host_waits;                     // only those that were
  std::vector<std::string> idle_faults;                 // asked for, but never acted
  std::vector<BlockUse> blocks;                         // busiest first
  std::vector<WaitShare> waits;                         // most waited for first, only those that were
  std::vector<std::pair<std::string, uint64_t>> drops;  // "nic_b.rx_overflow", "host_b.rx_psp_policy"
  std::vector<std::string> violations;       // of drivers; in strict mode all, else what is checked always
  std::vector<std::string> failures;         // those that no fault explains
  std::vector<DriverReport> driver_reports;  // and what the sanitizer only reports
  size_t rules_checked = 0;                  // by it; 0: it was off
  std::vector<std::string> anomalies;        // what the drivers found wrong with the devices
  std::string imbalance;                     // empty if every block balances
  std::string stall;                         // set when packets are missing without having been dropped
  std::vector<DirectionPart> parts;          // of directions whose traffic is of several kinds
  std::string input_error;
  std::vector<FaultCount> faults;                            // that happened
  FaultKinds faults_seen = 0;                                // their kinds
  std::vector<std::string> check_findings;                   // of the wire checker, in words
  uint64_t check_failures = 0;                               // all of them
  std::vector<std::string> given_up;                         // functions that did not come up again
  std::shared_ptr<const nlohmann::ordered_json> statistics;  // of the window: the drivers stop behind it
  Explanation explanation;

  uint64_t packets_simulated() const;
  // Without faults: every packet sent has arrived, once, in order and unchanged; no block is out of balance,
  // every request answered, no rule of driver, device or wire was broken. With faults the same but for what
  // they explain (ledger.h), and all that was offered has been sent. A check of the wire, the balance of a
  // block and a function that did not come up are never explained. Why not: verdict.h.
  bool all_well() const;
};

Summary summarize(Platform& platform, const Workload& workload, const PlatformParams& params);
// What drivers, devices and the wire checker have found until now; summarize() does not.
void add_findings(Summary& summary, Platform& platform, const WireChecker& checker);
void print_summary(std::ostream& out, const Summary& summary);

// What was offered and carried, and what became of requests.
void print_traffic(std::ostream& out, const TrafficOutcome& traffic);

// What the control planes were asked for and how long it took them.
void print_control(std::ostream& out, const ControlOutcome& control);

// A share of the window as one of the time in which the direction had packets that alone uses this block or
// resource ("nic_a.tx...", "nic_b.rx..."); unchanged for what serves both. 0..1. A direction that ends before
// the other is judged by its own time.
double share_of_own_time(const Summary& summary, const std::string& name, double share);

// What limits the run: the blocks busy nearly all of their own time, the busiest first; without one, the
// resources that were waited for nearly all of it; without these, what kept the hosts from sending. All
// empty: latency, or what the hosts offer.
struct Bottleneck {
  std::vector<std::string> blocks;
  double busy = 0;  // the first one's share of its own time
  std::vector<std::string> resources;
  std::vector<HostWait> hosts;  // most of the time
};
Bottleneck bottleneck(const Summary& summary);

}  // namespace pspnic::bench
