// SPDX-License-Identifier: Apache-2.0
// What the hosts send to each other, and what became of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/base/histogram.h"
#include "model/base/time.h"
#include "testbench/bench/platform.h"
#include "testbench/bench/traffic_outcome.h"
#include "testbench/host/psp_device.h"
#include "testbench/tcp/counters.h"
#include "testbench/tcp/psp_socket.h"

namespace pspnic::bench {

// Flows of a workload differ in their source port, from the first one on.
inline constexpr uint16_t kFirstPort = 20000;
inline constexpr uint16_t kService = 5001;

// Of a host whose connections are upgraded to PSP.
struct TcpPspOutcome {
  tcp::PspCounters sockets;
  host::PspCoreCounters core;
  uint64_t rotations_postponed = 0;  // because some connection had not moved to the current key
  uint64_t commands_refused = 0;     // rx-assoc, tx-assoc, key-rotate
};

// Of a direction whose hosts send again what is lost: what counts are bytes given to the application.
struct TcpOutcome {
  uint64_t offered_bytes = 0;
  uint64_t delivered_bytes = 0;  // in order, once; byte for byte compared
  uint64_t withdrawn_bytes = 0;  // of connections that end by RST, as intended: neither sent nor awaited
  uint64_t undelivered_bytes =
      0;                    // due and not delivered; of a connection reset: acknowledged and not delivered
  uint64_t came_again = 0;  // segments that came though the other host had their data already
  tcp::Counters counters;   // of the host that sends this direction
  std::optional<TcpPspOutcome> psp;
};

// What the latency of a direction's packets counts from.
enum class LatencyFrom : uint8_t {
  kTransmit,  // the packet's transmit()
  kMessage,   // the first transmit() of the packet's message
  kOffer,     // when its message was due or wished for, however long it waited in the host
};
const char* name_of(LatencyFrom from);  // "transmit"

// Counts of one direction. With `tcp`, packets are segments, acknowledgments and those sent again included.
struct DirectionOutcome {
  uint64_t offered = 0;     // packets the workload had for this direction
  uint64_t sent = 0;        // handed to the driver; TSO frames as their segments
  uint64_t received = 0;    // given to the other host's stack
  uint64_t verified = 0;    // of these, equal to what was sent
  uint64_t corrupted = 0;   // received, but never sent like this
  uint64_t duplicated = 0;  // received, though it had been before
  uint64_t reordered = 0;   // of those verified: behind a later one of its flow
  uint64_t sent_psp = 0;    // protected
  uint64_t received_psp = 0;
  uint64_t payload_bytes = 0;                              // L4 payload received
  uint64_t frame_bytes = 0;                                // bytes of frames received, as the stack sees them
  std::vector<std::pair<std::string, uint64_t>> clear;     // sent in clear, by reason
  std::vector<std::pair<std::string, uint64_t>> not_sent;  // by reason
  base::Time first_sent = 0;
  base::Time last_received = 0;
  base::LogLinearCounts latency;  // ps, to the stack; with tcp from transmit() to the application
  LatencyFrom latency_from = LatencyFrom::kTransmit;
  uint64_t host_time = 0;  // ps, sum over the packets of `latency`: from its beginning to transmit()
  std::optional<TcpOutcome> tcp;

  // Packets that did not arrive whole. With tcp that is no fault: they are sent again.
  uint64_t missing() const { return tcp ? 0 : sent - verified; }
  uint64_t lost() const { return sent - std::min(sent, verified); }
  // Neither sent nor for a reason not: the run ended before.
  uint64_t never_sent() const {
    uint64_t done = sent;
    for (const auto& [reason, count] : not_sent) done += count;
    return offered > done ? offered - done : 0;
  }
  // Counts and latencies of both; neither has tcp.
  void add(const DirectionOutcome& other);
  bool complete() const {
    if (tcp) return corrupted == 0 && tcp->undelivered_bytes == 0;
    return corrupted == 0 && duplicated == 0 && reordered == 0 && missing() == 0;
  }
};

// A queue pair of a host.
struct QueueUse {
  uint64_t sent_frames = 0;  // TSO frames once
  uint64_t sent_bytes = 0;   // of these, as the stack had them
  uint64_t received_packets = 0;
};

// The share of the time, the mean of a host's queues in use, in which nothing more could be sent because of
// a parameter of the host or the workload.
struct HostWait {
  Side side;
  const char* parameter;  // "host.ring"
  double share;
};

// What became of the connections of a workload that has some.
struct ConnectionOutcome {
  uint64_t opened = 0;
  uint64_t closed = 0;  // by FIN both ways, all bytes delivered
  uint64_t reset = 0;   // by RST, as intended
  std::vector<std::string> faults;
};

// What became of what a workload asked of the cards' control planes, both hosts together.
struct ControlOutcome {
  uint64_t before = 0;          // connections set up before the measured window
  uint64_t wanted = 0;          // in it
  uint64_t opened = 0;          // of these
  uint64_t opened_in_time = 0;  // before the last was wanted
  uint64_t refused = 0;         // a card gave no SPI or no slot
  uint64_t ended = 0;           // both transmit SAs deleted; of all
  uint64_t alive = 0;           // at the end of the run
  uint64_t most_alive = 0;
  uint64_t rotations = 0;
  uint64_t renewals = 0;             // of one end's SA
  uint64_t rotations_postponed = 0;  // because keys of the last but one were still in use
  base::Time offered_for = 0;        // how long connections came
  base::Time answered_after = 0;     // from then to the last answer
  // Requests that waited for an answer halfway and at the end of that time, and those made in between.
  uint64_t waited_halfway = 0;
  uint64_t waited_at_end = 0;
  uint64_t made_between = 0;
  // Of requests, from the host's wish to its answer. Set-up: from the wish to both hosts' being able to send.
  base::LogLinearCounts key_generation;
  base::LogLinearCounts key_insertion;
  base::LogLinearCounts deletion;
  base::LogLinearCounts set_up;
  base::LogLinearCounts rotation;
  std::vector<std::string> faults;

  // Requests came faster than they were answered: what waits grows, and every latency with it, for as long as
  // that goes on. Some that wait by chance are not it.
  bool overloaded() const {
    constexpr uint64_t kByChance = 64;
    constexpr uint64_t kShare = 20;                 // of the requests made
    if (key_generation.count() == 0) return false;  // nobody answers at all
    return waited_at_end > waited_halfway + std::max(kByChance, made_between / kShare);
  }
};

// Prints how far a long run is, if anybody watches.
class Progress {
 public:
  explicit Progress(uint64_t total, const char* unit = "packets");
  ~Progress();
  // Cheap; looks at the clock every few thousand calls.
  void step(base::Time now, uint64_t done);

 private:
  void print(base::Time now, uint64_t done);
  uint64_t total_;
  const char* unit_;
  uint64_t calls_ = 0;
  bool shown_ = false;
  bool watched_;
  double last_ = 0;
};

class Workload {
 public:
  virtual ~Workload() = default;
  virtual host::Stack& stack(Side side) = 0;
  // Script, after both drivers have started: keys, filters.
  virtual void prepare(Platform& platform) = 0;
  // Event or script: the first packets.
  virtual void start(Platform& platform) = 0;
  // Recovery: the driver of `side` has reset its function and is up again. Keys, filters, and on with the
  // packets. Nothing by default, for workloads that need none of it.
  virtual void recover(Platform&, Side) {}
  // After the run, before anything below is asked for.
  virtual void conclude() {}
  virtual const DirectionOutcome& outcome(Side from) const = 0;
  // Kinds of traffic that a workload tells apart; none if it has but one.
  struct Part {
    Side from;
    std::string name;
    const DirectionOutcome* outcome;
  };
  virtual std::vector<Part> parts() const { return {}; }
  // What kept the hosts from sending more, of a measured window that long.
  virtual std::vector<HostWait> waits(base::Time) const { return {}; }
  // Null: the workload knows of none.
  virtual const ConnectionOutcome* connections() const { return nullptr; }
  // Null: the workload asks nothing of the control planes while it runs.
  virtual const ControlOutcome* control() const { return nullptr; }
  // Null: the workload offers nothing that is counted apart. After conclude().
  virtual const TrafficOutcome* traffic() const { return nullptr; }
  // A file that was not read to its end; empty if all is well.
  virtual std::string input_error() const { return {}; }
};

}  // namespace pspnic::bench
