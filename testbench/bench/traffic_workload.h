// SPDX-License-Identifier: Apache-2.0
// Workload: traffic of given sizes at given times on flows of given popularity, from each host, or requests
// and their answers. Every byte is checked at the other end; latency counts from when a message was offered.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "testbench/bench/traffic_direction.h"
#include "testbench/bench/traffic_params.h"
#include "testbench/bench/traffic_rpc.h"
#include "testbench/bench/workload.h"
#include "testbench/traffic/size_distribution.h"

namespace pspnic::bench {

// What each host sends, read from its parameters. Throws base::ConfigError.
struct TrafficSizes {
  traffic::SizeDistribution a;
  traffic::SizeDistribution b;

  explicit TrafficSizes(const TrafficParams& params);
};

// A packet's size as the sending stack has it: Ethernet header to payload, before PSP; the largest.
uint32_t traffic_frame_bytes(const TrafficParams& params, const TrafficSizes& sizes);

// Throws base::ConfigError for parameters that contradict each other.
void check_traffic(const TrafficParams& params);

class TrafficWorkload : public Workload {
 public:
  // `messages` of each host that sends, or requests; none: as the parameters say.
  TrafficWorkload(const TrafficParams& params, const TrafficSizes& sizes, std::optional<uint64_t> messages,
                  uint64_t seed, KeyLog& keys);
  ~TrafficWorkload() override;

  host::Stack& stack(Side side) override;
  void prepare(Platform& platform) override;
  void start(Platform& platform) override;
  void recover(Platform& platform, Side side) override;
  void conclude() override;
  const DirectionOutcome& outcome(Side from) const override { return directions_[from]->outcome(); }
  std::vector<Part> parts() const override;  // the vports, if there are several
  std::vector<HostWait> waits(base::Time window) const override;
  const TrafficOutcome* traffic() const override { return &outcome_; }

 private:
  class Host;

  TrafficParams params_;
  KeyLog& keys_;
  Progress progress_;
  std::array<std::unique_ptr<TrafficDirection>, kSides> directions_;
  std::optional<TrafficRpc> rpc_;
  std::array<std::unique_ptr<Host>, kSides> hosts_;
  TrafficOutcome outcome_;
};

}  // namespace pspnic::bench
