// SPDX-License-Identifier: Apache-2.0
// What one host sends and what it receives in the workload churn: frames on connections chosen at random, one
// on each as soon as it is open, frames in clear beside them; everything received is compared.
#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <span>

#include "testbench/bench/churn_connections.h"
#include "testbench/bench/churn_frames.h"
#include "testbench/bench/churn_params.h"
#include "testbench/bench/platform.h"
#include "testbench/bench/workload.h"
#include "testbench/traffic/random.h"
#include "testbench/traffic/size_distribution.h"

namespace pspnic::bench {

class ChurnControl;

// The sizes that the parameters ask for, in UDP payload. Throws base::ConfigError.
traffic::SizeDistribution churn_sizes(const ChurnParams& params);

class ChurnTraffic {
 public:
  ChurnTraffic(const ChurnParams& params, Side side, uint64_t seed);

  void prepare(Platform& platform, ChurnControl& control);
  void start(base::Time end);
  // On the queue of the connection; a frame that finds no room there is not sent.
  void send_on(uint32_t connection);
  void receive(std::span<const uint8_t> frame, const host::RxInfo& info);

  // Of what this host sends. Its receiver, the peer, keeps the second half of it.
  const DirectionOutcome& outcome() const { return outcome_; }
  void set_peer(ChurnTraffic& peer) { peer_ = &peer; }

 private:
  // One kind of traffic, a Poisson process.
  struct Source {
    base::Bandwidth rate;
    double due = 0;
  };

  void start_source(Source& source, base::Callback callback);
  void next(Source& source, base::Callback callback);
  void on_psp_due(uint64_t);
  void on_clear_due(uint64_t);
  bool transmit(unsigned queue, const ChurnStamp& stamp, const ChurnEnd* end);
  bool check(const ChurnStamp& stamp, const host::RxInfo& info);

  ChurnParams params_;
  Side side_;
  std::mt19937_64 random_;
  traffic::SizeDistribution sizes_;
  traffic::RandomWords size_words_;
  double mean_frame_bytes_;
  Platform* platform_ = nullptr;
  ChurnControl* control_ = nullptr;
  ChurnTraffic* peer_ = nullptr;
  std::unique_ptr<ChurnFrames> sent_;
  std::unique_ptr<ChurnFrames> received_;
  Source psp_;
  Source clear_;
  base::Time end_ = 0;
  uint32_t clear_sent_ = 0;
  uint32_t clear_received_ = 0;
  DirectionOutcome outcome_;
};

}  // namespace pspnic::bench
