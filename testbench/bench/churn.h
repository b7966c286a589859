// SPDX-License-Identifier: Apache-2.0
// Workload: connections that are set up and end all the time, each with an SA of its own each way, while data
// flows on those that are open. Measures what PSP's announcement names as goals: how many connections there
// can be, how many new ones a second, and how long keys take to be generated and inserted.
#pragma once

#include <array>
#include <memory>

#include "testbench/bench/churn_control.h"
#include "testbench/bench/churn_params.h"
#include "testbench/bench/churn_traffic.h"
#include "testbench/bench/workload.h"

namespace pspnic::bench {

class ChurnWorkload : public Workload, private ChurnControl::Listener {
 public:
  // Where the cards rotate by themselves, `key_age` is their keys'.
  ChurnWorkload(const ChurnParams& params, uint64_t seed, KeyLog& keys, base::Duration key_age = {0});
  ~ChurnWorkload() override;

  host::Stack& stack(Side side) override;
  void prepare(Platform& platform) override;
  void start(Platform& platform) override;
  void conclude() override;
  const DirectionOutcome& outcome(Side from) const override;
  const ControlOutcome* control() const override { return &control_.outcome(); }

 private:
  class Host;

  void on_open(uint32_t connection) override;

  ChurnParams params_;
  Progress progress_;
  ChurnControl control_;
  std::array<ChurnTraffic, kSides> traffic_;
  std::array<std::unique_ptr<Host>, kSides> hosts_;
};

}  // namespace pspnic::bench
