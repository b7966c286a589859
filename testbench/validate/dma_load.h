// SPDX-License-Identifier: Apache-2.0
// One DMA engine under one load: writes back to back, reads of which so many are in flight, or both in turns.
#pragma once

#include <cstdint>
#include <vector>

#include "model/base/event_queue.h"
#include "model/base/stats.h"
#include "model/pcie/dma.h"
#include "testbench/validate/plain_memory.h"

namespace pspnic::validate {

class DmaLoad {
 public:
  struct Mix {
    uint32_t read_bytes = 0;  // 0: none
    uint32_t write_bytes = 0;
    unsigned in_flight = 1;  // reads
  };

  // The queue may serve several loads, one after another.
  DmaLoad(base::EventQueue& events, const pcie::LinkParams& params, const Mix& mix);

  // Runs the simulation. Gigabits a second of data in one direction, over many transfers.
  double run();

 private:
  static constexpr uint64_t kWarmUp = 2'000;
  static constexpr uint64_t kMeasured = 10'000;

  void begin(uint64_t);
  void issue();
  void on_read(uint64_t, pcie::DmaStatus);
  void write_next(uint64_t);
  void count(base::Time when);

  base::EventQueue& events_;
  base::StatGroup root_{"nic"};
  PlainMemory memory_;
  pcie::DmaEngine dma_;
  Mix mix_;
  std::vector<uint8_t> place_;
  std::vector<uint8_t> data_;
  uint64_t done_ = 0;
  base::Time begin_ = 0;
  base::Time end_ = 0;
};

}  // namespace pspnic::validate
