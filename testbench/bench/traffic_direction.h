// SPDX-License-Identifier: Apache-2.0
// What one host offers in the workload traffic: messages at their times, the queue of the host where they
// wait for the card's, and at the other end the check of every byte.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "model/base/ring.h"
#include "testbench/bench/arrivals.h"
#include "testbench/bench/host_waits.h"
#include "testbench/bench/key_exchange.h"
#include "testbench/bench/queue_stops.h"
#include "testbench/bench/traffic_frames.h"
#include "testbench/bench/traffic_outcome.h"
#include "testbench/bench/vport_outcomes.h"
#include "testbench/traffic/message_sequence.h"

namespace pspnic::bench {

struct TrafficMessage {
  uint32_t flow = 0;
  uint32_t bytes = 0;
  base::Time born = 0;
  uint32_t slot = 0;  // as TrafficStamp's
  uint32_t generation = 0;
  uint32_t done = 0;  // bytes handed to the driver
};

// Told of the packets of messages with a slot that have come whole.
class TrafficListener {
 public:
  virtual ~TrafficListener() = default;
  virtual void on_packet(Side from, const TrafficStamp& stamp) = 0;
};

class TrafficDirection {
 public:
  // At most `messages` are offered. `part` tells the random numbers of directions apart.
  TrafficDirection(const TrafficParams& params, Side from, const traffic::SizeDistribution& sizes,
                   uint64_t messages, uint64_t seed);

  void set_listener(TrafficListener* listener) { listener_ = listener; }
  void prepare(Platform& platform, KeyLog& keys);
  void agree_on_keys(KeyLog& keys);
  // From now to `end`, by the direction's arrivals.
  void start(base::Time end);
  // A message beside arrivals: a request or an answer.
  void offer(const TrafficMessage& message, bool raised);

  // Nothing that was handed to the driver will be reported as sent.
  void forget_in_flight();
  void fill_all();
  void fill(unsigned queue);
  void sent(unsigned queue, uint64_t bytes) { queues_[queue].in_flight -= bytes; }
  void receive(std::span<const uint8_t> frame, const host::RxInfo& info);

  bool sends() const { return sends_; }
  uint64_t received() const { return received_; }
  const traffic::SizeDistribution& sizes() const { return sizes_; }
  const DirectionOutcome& outcome() const;
  TrafficOffer offer_outcome() const;
  const VportOutcomes& vports() const { return vports_; }
  double stopped(Stop why, base::Time window) const { return stops_.share(why, window, flows_.size()); }

 private:
  struct Flow {
    SaLink sa;
    unsigned vport = 0;
    uint32_t packets = 0;   // sent
    uint32_t position = 0;  // bytes
    Arrivals arrivals;
    HostWaits waits;
  };
  struct Queue {
    base::Ring<TrafficMessage> waiting;
    uint64_t in_flight = 0;                            // bytes
    std::optional<traffic::MessageSequence> sequence;  // back to back: of the queue's flows
  };

  void start_open_loop(base::Time now);
  void on_arrival(uint64_t);
  void schedule_next(uint32_t bytes);
  bool take_next(unsigned queue);
  void note_offer(const TrafficMessage& message, bool raised);
  Stop stop_of(unsigned queue, bool tso) const;
  Stop send_part(unsigned queue, TrafficMessage& message);
  void note_sent(Flow& flow, uint32_t payload, base::Time born);
  bool check(uint32_t flow, std::span<const uint8_t> frame, const host::RxInfo& info,
             DirectionOutcome& outcome);
  void take(Flow& flow, const TrafficStamp& stamp, const host::RxInfo& info, DirectionOutcome& outcome);
  bool merged_well(std::span<const uint8_t> frame, const host::RxInfo& info) const;
  void add(TrafficLoad& load, uint32_t payload) const;
  double bits_of(uint32_t bytes) const;

  TrafficParams params_;
  const traffic::ArrivalParams& arrivals_;  // the side's, of params_
  Side from_;
  bool sends_;
  traffic::SizeDistribution sizes_;
  LatencyFrom latency_from_ = LatencyFrom::kTransmit;
  TrafficFrames frames_;
  PspModeSource mode_;
  uint32_t psp_bytes_;  // that PSP adds to a packet
  uint64_t seed_;
  uint64_t messages_left_;
  Platform* platform_ = nullptr;
  TrafficListener* listener_ = nullptr;
  std::vector<Flow> flows_;
  std::vector<Queue> queues_;
  std::optional<traffic::MessageSequence> sequence_;  // open loop: of all flows
  std::optional<traffic::ArrivalProcess> process_;
  base::Time begin_ = 0;
  base::Time end_ = 0;
  QueueStops stops_;
  VportOutcomes vports_;
  TrafficOffer offer_;
  uint64_t packets_not_sent_ = 0;
  uint64_t received_ = 0;
  mutable DirectionOutcome sum_;
};

}  // namespace pspnic::bench
