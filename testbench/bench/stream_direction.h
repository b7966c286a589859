// SPDX-License-Identifier: Apache-2.0
// One direction of a stream: makes frames, keeps the queues full, checks what arrives.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "testbench/bench/arrivals.h"
#include "testbench/bench/queue_stops.h"
#include "testbench/bench/stream.h"
#include "testbench/bench/stream_headers.h"
#include "testbench/bench/vport_outcomes.h"

namespace pspnic::bench {

class StreamDirection {
 public:
  StreamDirection(const StreamParams& params, Side from, uint64_t packets);

  void prepare(Platform& platform, KeyLog& keys);
  void agree_on_keys(KeyLog& keys);
  // Nothing that was handed to the driver will be reported as sent.
  void forget_in_flight() { std::fill(in_flight_.begin(), in_flight_.end(), 0); }
  void fill_all(Platform& platform);
  // Puts frames on a queue until it is full or all have been sent.
  void fill(unsigned queue);
  // The device is done with `bytes` of a queue.
  void sent(unsigned queue, uint64_t bytes) { in_flight_[queue] -= bytes; }
  void receive(std::span<const uint8_t> frame, const host::RxInfo& info);

  // The share of `window` in which the queues stood still for this reason, on average.
  double stopped(Stop why, base::Time window) const { return stops_.share(why, window, flows_.size()); }

  uint64_t received() const { return received_; }
  const DirectionOutcome& outcome() const { return vports_.sum(offered_); }
  const VportOutcomes& vports() const { return vports_; }

 private:
  struct Flow {
    std::vector<uint8_t> frame;  // headers and payload; the stamps change
    SaLink sa;
    uint64_t next = 0;  // packets sent
    unsigned vport = 0;
    Arrivals arrivals;
  };

  void let_device_build_headers(HostDrivers& drivers, unsigned function) const;
  void build(Flow& flow, unsigned number) const;
  void stamp(Flow& flow, uint64_t first_packet, unsigned packets) const;
  // kNone: sent.
  Stop send_one(unsigned queue, unsigned number);
  bool merged_well(std::span<const uint8_t> frame, const host::RxInfo& info) const;
  bool headers_match(const Flow& flow, std::span<const uint8_t> frame, uint64_t packet) const;
  // A packet's number, and which of a merged frame it is.
  struct Place {
    uint64_t packet = 0;
    unsigned index = 0;
  };
  bool check(const Flow& flow, std::span<const uint8_t> frame, std::span<const uint8_t> bytes,
             const Place& place) const;
  void write_stamp(uint8_t* payload, uint64_t packet) const;

  StreamParams params_;
  Side from_;
  PspModeSource mode_;
  Platform* platform_ = nullptr;
  StreamLayout layout_;
  unsigned packets_per_frame_;
  uint64_t to_send_;
  std::vector<Flow> flows_;
  std::vector<unsigned> next_flow_;  // by queue
  std::vector<uint64_t> in_flight_;  // bytes, by queue
  QueueStops stops_;
  std::vector<base::Time> sent_at_;  // by packet, the last ones
  uint64_t offered_;
  uint64_t received_ = 0;
  VportOutcomes vports_;
};

}  // namespace pspnic::bench
