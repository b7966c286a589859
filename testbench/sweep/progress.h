// SPDX-License-Identifier: Apache-2.0
// How far a sweep is, on standard error: one line kept up to date on a terminal, else a line now and then.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "testbench/sweep/point_result.h"

namespace pspnic::sweep {

// What the line says.
struct SweepState {
  size_t points = 0;    // of the sweep
  size_t finished = 0;  // failed ones and those finished before included
  size_t failed = 0;
  size_t before = 0;  // by the process that was interrupted: they say nothing about the time left
  size_t running = 0;
  PointCost cost;                // of all that this process finished
  double seconds = 0;            // since it began
  std::string unit;              // what is running, "task"; empty: points
  const char* items = "points";  // what is counted
};

// "[####....] 412 of 1000 points, 2 failed, 8 running, 1 min 20 s left, 3.10 million packets per CPU second".
std::string progress_line(const SweepState& state);

class SweepProgress {
 public:
  SweepProgress();
  ~SweepProgress();
  SweepProgress(const SweepProgress&) = delete;
  SweepProgress& operator=(const SweepProgress&) = delete;

  // Cheap: shows it only if the last time is long enough ago.
  void show(SweepState state);
  // A line of its own.
  void say(const std::string& line);
  void finish() { clear(); }
  double seconds() const;  // since the beginning

 private:
  void clear();
  bool terminal_;
  bool shown_ = false;
  double begin_;
  double last_;
};

}  // namespace pspnic::sweep
