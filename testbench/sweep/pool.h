// SPDX-License-Identifier: Apache-2.0
// Points at once on this machine: a child process for each, so many at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "testbench/sweep/signals.h"

namespace pspnic::sweep {

// How the child of a point ended.
struct ChildEnd {
  size_t point = 0;
  int exit_status = 0;  // counts if signal is 0
  int signal = 0;       // that ended it
  std::string log;      // what it said on standard output and standard error
};

class PoolWatcher {
 public:
  virtual ~PoolWatcher() = default;
  // Before its child is there. May throw, which ends all.
  virtual void on_start(size_t point) = 0;
  virtual void on_end(const ChildEnd& end) = 0;
  // Several times a second.
  virtual void on_time(size_t running) = 0;
};

// Runs work(point) in a child for each point, in their order, up to `jobs` (from 1) at a time. Its value is
// the child's exit status; an exception is said on standard error and makes it 1. The caller has no threads.
// False: an interrupt came; children were ended, and nothing is said of them. Throws std::runtime_error where
// no process can be made, and what `watcher` throws; children are ended then as well.
bool run_in_children(Signals& signals, const std::vector<size_t>& points, unsigned jobs,
                     const std::function<int(size_t)>& work, PoolWatcher& watcher);

}  // namespace pspnic::sweep
